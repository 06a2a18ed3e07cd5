//! The bus by itself: durable events a second, one per request and in batches; and Redis beside it, if it is installed.

use super::baseline::Baseline;
use super::figures::Section;
use super::http::{Connection, SLOT, Template, post};
use super::load::{self, Called, Caller, Load};
use super::redis;
use super::settings::Settings;
use super::stage::Stage;

/// Bytes of an event as JSON.
const BYTES: usize = 256;
/// Events in a batch.
const BATCH: usize = 100;

/// Measures the bus.
///
/// # Errors
/// If it does not come up, or a connection breaks.
pub async fn measure(settings: &Settings, baseline: Option<Baseline>) -> anyhow::Result<Section> {
    let mut stage = Stage::bus(settings)?;
    stage.up().await?;
    let single = full(&stage, settings, 1).await?;
    let batched = full(&stage, settings, BATCH).await?;
    stage.down().await?;

    let seconds = settings.short_time().as_secs_f64();
    let about = format!("POST /events, events of {BYTES} bytes, {} connections, {seconds} s", settings.connections());
    let mut section = Section::new("bus", about);
    section.load("one in a request", &single, "");
    section.load(&format!("{BATCH} in a request"), &batched, "");
    if let Some(baseline) = baseline {
        section.add("one in a request, of the constant GETs", single.rate() / baseline.constant, "");
    }
    match redis::measure(settings).await? {
        Some(redis) => {
            section.load("Redis Streams, appendfsync always", &redis, "");
            section.note("one in a request, of Redis", single.rate() / redis.rate(), "", "aim: 0.75");
            section.note(format!("{BATCH} in a request, of Redis"), batched.rate() / redis.rate(), "", "aim: 3");
        }
        None => section.note("Redis Streams", f64::NAN, "", "left out: there is no redis-server on the PATH"),
    }
    Ok(section)
}

async fn full(stage: &Stage, settings: &Settings, batch: usize) -> anyhow::Result<Load> {
    let appenders = appenders(stage, settings.connections(), batch, None).await?;
    load::full(appenders, settings.short_time()).await
}

/// So many connections that append so many events per request; each ends after its share of `events`, if that is given.
///
/// # Errors
/// If the bus takes no connections.
pub async fn appenders(
    stage: &Stage,
    count: usize,
    batch: usize,
    events: Option<usize>,
) -> anyhow::Result<Vec<Appender>> {
    let request = request(&stage.address("event-bus")?, batch);
    let connections = stage.connect("event-bus", count).await?;
    let appender = |connection| Appender {
        connection,
        template: Template::new(request.clone()),
        left: events.map_or(usize::MAX, |events| events.div_ceil(count * batch)),
    };
    Ok(connections.into_iter().map(appender).collect())
}

fn request(host: &str, batch: usize) -> Vec<u8> {
    if batch == 1 {
        return post(host, "/events", "application/cloudevents+json", &event());
    }
    let events = vec![event(); batch].join(",");
    post(host, "/events", "application/cloudevents-batch+json", &format!("[{events}]"))
}

/// An event with a place for its id, filled up to [`BYTES`].
fn event() -> String {
    let with = |text: &str| {
        format!(
            r#"{{"specversion":"1.0","id":"{SLOT}","source":"/measure","type":"Measured","data":{{"text":"{text}"}}}}"#
        )
    };
    with(&"x".repeat(BYTES.saturating_sub(with("").len())))
}

/// One connection that appends events with new ids.
#[derive(Debug)]
pub struct Appender {
    connection: Connection,
    template: Template,
    /// Requests until it is done.
    left: usize,
}

impl Caller for Appender {
    async fn call(&mut self) -> anyhow::Result<Called> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(Called::Done) };
        self.left = left;
        let events = u64::try_from(self.template.ids())?;
        let reply = self.connection.call(self.template.renewed()).await?;
        // An array is answered with 207 if any of it was refused.
        Ok(if reply.status == 201 { Called::Taken(events) } else { Called::Refused(reply.shown()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_as_large_as_it_says() {
        assert_eq!(event().len(), BYTES);
        assert_eq!(Template::new(request("h", 100)).ids(), 100);
    }
}
