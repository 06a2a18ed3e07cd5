//! One thing to do, or several in an array: read alike, done alike, answered alike.
//!
//! Items of an array are read one by one, so that what is wrong with one is told at its place and keeps none of the
//! others from being done.

use bytes::Bytes;
use chassis::body;
use chassis::headers::set_event_id;
use chassis::problem::Problem;
use chassis::route::{self, Answer, Head};
use contract::EventId;
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::verdicts::{ResultBody, VerdictBody};
use super::{App, SOON};
use crate::store::{Act, Decided};
use crate::verdict::Refusal;

/// The most items in an array.
pub(super) const MOST: usize = 100;

/// What a body asks for.
enum Batch {
    One(Act),
    Many(Vec<Result<Act, Problem>>),
}

/// Does what the body asks for, each as a `T` says: 201 with the verdict for one thing, 200 with a result for each of
/// several.
pub(super) async fn run<T>(app: App, head: Head, body: Result<Bytes, Problem>) -> Answer
where
    T: DeserializeOwned + TryInto<Act, Error = Problem>,
{
    app.access.check(&head)?;
    body::is_json(&head.headers)?;
    let (mut response, event) = match read::<T>(&body?)? {
        Batch::One(act) => {
            let decided = only(act_on(&app, vec![act]).await?)??;
            let event = decided.event.clone();
            (route::json_response(StatusCode::CREATED, &VerdictBody::of(decided)), Some(event))
        }
        Batch::Many(asked) => {
            let (results, event) = all(&app, asked).await?;
            (route::json_response(StatusCode::OK, &results), event)
        }
    };
    set_event_id(response.headers_mut(), event.as_ref());
    Ok(route::uncached(response))
}

fn read<T>(body: &[u8]) -> Result<Batch, Problem>
where
    T: DeserializeOwned + TryInto<Act, Error = Problem>,
{
    let act = |json: &[u8]| body::parse::<T>(json)?.try_into();
    if body.trim_ascii_start().first() != Some(&b'[') {
        return act(body).map(Batch::One);
    }
    let items: Vec<Box<RawValue>> = body::parse(body)?;
    if items.is_empty() || items.len() > MOST {
        return Err(Problem::invalid_body(format!("Send from 1 to {MOST} at a time.")));
    }
    Ok(Batch::Many(items.iter().map(|item| act(item.get().as_bytes())).collect()))
}

/// One result for each, in order, and the last event that was said.
async fn all(app: &App, asked: Vec<Result<Act, Problem>>) -> Result<(Vec<ResultBody>, Option<EventId>), Problem> {
    let mut acts = Vec::with_capacity(asked.len());
    let unread: Vec<Option<Problem>> = asked.into_iter().map(|item| item.map(|act| acts.push(act)).err()).collect();
    let mut done = if acts.is_empty() { Vec::new() } else { act_on(app, acts).await? }.into_iter();
    let (mut results, mut last) = (Vec::with_capacity(unread.len()), None);
    for problem in unread {
        results.push(match problem {
            Some(problem) => ResultBody::refused(&problem),
            None => match done.next().ok_or_else(Problem::internal)? {
                Ok(decided) => {
                    last = Some(decided.event.clone());
                    ResultBody::done(decided)
                }
                Err(refusal) => ResultBody::refused(&refusal.into()),
            },
        });
    }
    Ok((results, last))
}

/// Does what can be done. What is about something that is not known here is tried once more when everything that the log
/// holds has arrived: only then it is known that there is no such thing.
async fn act_on(app: &App, acts: Vec<Act>) -> Result<Vec<Result<Decided, Refusal>>, Problem> {
    let mut results = app.moderation.act(acts.clone()).await?;
    let unknown = |(index, result): (usize, &Result<_, Refusal>)| {
        matches!(result, Err(Refusal::Unknown | Refusal::Ahead(_))).then_some(index)
    };
    let unknown: Vec<usize> = results.iter().enumerate().filter_map(unknown).collect();
    if unknown.is_empty() {
        return Ok(results);
    }
    if !app.hearing.is_complete(SOON).await {
        for index in unknown {
            results[index] = Err(Refusal::Behind);
        }
        return Ok(results);
    }
    let again = unknown.iter().map(|&index| acts[index].clone()).collect();
    for (index, result) in unknown.into_iter().zip(app.moderation.act(again).await?) {
        results[index] = result;
    }
    Ok(results)
}

fn only<E>(results: Vec<Result<Decided, E>>) -> Result<Result<Decided, E>, Problem> {
    results.into_iter().next().ok_or_else(Problem::internal)
}
