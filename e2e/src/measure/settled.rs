//! When everything that was accepted has arrived: it is read from what the services tell of themselves, cheaply enough
//! that looking does not slow down what is looked at.

use std::time::{Duration, Instant};

use super::stage::Stage;

/// How long it may take to work off what a load left.
const PATIENCE: Duration = Duration::from_mins(10);
/// Between two looks; also how exact the times are.
const LOOK: Duration = Duration::from_millis(10);

/// What `/metrics` of the single process says, of which only little matters here.
struct Told(String);

impl Told {
    fn sum(&self, name: &str) -> f64 {
        let named = self.0.lines().filter_map(|line| {
            let rest = line.strip_prefix(name)?;
            // Not a longer name that begins the same.
            rest.starts_with([' ', '{']).then(|| rest.rsplit(' ').next()?.parse::<f64>().ok())?
        });
        // Not `sum`, which makes a negative nought of nothing.
        named.fold(0.0, |sum, value| sum + value)
    }
}

async fn told(stage: &Stage) -> anyhow::Result<Told> {
    Ok(Told(stage.get("query", "/metrics").await?.text))
}

/// The log's last sequence.
///
/// # Errors
/// If the bus does not answer.
pub async fn head(stage: &Stage) -> anyhow::Result<u64> {
    let answer = stage.get("event-bus", "/events?limit=1").await?;
    Ok(answer.header("folkmoot-head").parse()?)
}

/// How many posts the read model has.
///
/// # Errors
/// If query does not answer.
pub async fn posts(stage: &Stage) -> anyhow::Result<f64> {
    Ok(told(stage).await?.sum("query_posts"))
}

/// Waits until the read model has so many posts; the answer is when it had.
///
/// # Errors
/// If it takes too long.
pub async fn until_posts(stage: &Stage, count: f64) -> anyhow::Result<Instant> {
    let began = Instant::now();
    while posts(stage).await? < count {
        pause(began, "the posts to be seen").await?;
    }
    Ok(Instant::now())
}

/// Waits until nothing is on its way any more: every outbox is empty, no subscription is behind, and query has folded
/// the log's last event. The answer is when that was first so.
///
/// # Errors
/// If it takes too long.
pub async fn until_quiet(stage: &Stage) -> anyhow::Result<Instant> {
    let began = Instant::now();
    let mut before = None;
    loop {
        let now = Instant::now();
        let head = look(stage).await?;
        // Twice with the same head: what a service has just heard may still become an event.
        match (head, before) {
            (Some(head), Some((earlier, since))) if head == earlier => return Ok(since),
            (Some(head), _) => before = Some((head, now)),
            (None, _) => before = None,
        }
        pause(began, "everything to arrive").await?;
    }
}

/// The log's head, if nothing seems to be on its way.
#[expect(clippy::cast_precision_loss, reason = "a sequence of a log that is far smaller than 2^53")]
async fn look(stage: &Stage) -> anyhow::Result<Option<u64>> {
    let told = told(stage).await?;
    if told.sum("outbox_bytes") > 0.0 {
        return Ok(None);
    }
    let head = head(stage).await?;
    if told.sum("query_position") < head as f64 {
        return Ok(None);
    }
    // Asked last: counting what a subscription has before it costs the bus something while that is much.
    let subscriptions = stage.get("event-bus", "/subscriptions").await?.json;
    let caught_up = subscriptions.as_array().is_some_and(|all| all.iter().all(|s| s["lag"]["events"] == 0));
    Ok(caught_up.then_some(head))
}

async fn pause(began: Instant, what: &str) -> anyhow::Result<()> {
    anyhow::ensure!(began.elapsed() < PATIENCE, "waited in vain for {what}");
    // why: the pause between two looks at a condition
    tokio::time::sleep(LOOK).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_added_up_over_its_labels() {
        let text = "# TYPE a gauge\na{service=\"x\"} 2\na{service=\"y\"} 3\nab 7\nb 1.5\n";
        let told = Told(text.to_owned());
        let sums = [told.sum("a"), told.sum("b"), told.sum("c")].map(|sum| sum.to_string());
        assert_eq!(sums, ["5", "1.5", "0"]);
    }
}
