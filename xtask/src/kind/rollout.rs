//! Bringing the cluster what is new, waiting until it is ready, and showing why where it does not become so.
//!
//! The images keep their tag, so the cluster does not notice that one has changed. Each deployment therefore bears the id of
//! the image that its pods were started with, and only where that is another one they are started again: one deployment
//! after the other, the bus first, so that never more than one part of the board is away.
//!
//! A deployment that hangs says itself only that time is up. The reason is in the pods' states, in the cluster's warnings, or
//! in the last lines of the log; a person sees all three without having to know where to look.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, bail, ensure};

use super::tools::Tools;
use super::{CONTEXT, NAMESPACE, TAG, kubectl};
use crate::step;

/// The deployments and their images: the bus first, for the others wait for it.
pub const DEPLOYMENTS: &[(&str, &str)] = &[
    ("event-bus", "event-bus"),
    ("posts", "posts"),
    ("comments", "comments"),
    ("moderation", "moderation"),
    ("query", "query"),
    ("front", "client"),
];
/// How long one of them may take. At first they start together, so that most of it is spent on the first.
const TIMEOUT: &str = "--timeout=180s";
/// The label by which the parts are told apart.
const NAME: &str = "app.kubernetes.io/name";
/// Where the id of the image is kept.
const IMAGE: &str = "folkmoot/image";
const RUNNING: &str =
    "--output=jsonpath={range .items[*]}{.metadata.name} {.metadata.annotations.folkmoot/image}{\"\\n\"}{end}";
const WARNINGS: &str = "--output=jsonpath={range .items[*]}{.involvedObject.kind}/{.involvedObject.name}{\"\\t\"}\
                        {.lastTimestamp} {.reason}: {.message}{\"\\n\"}{end}";

/// Brings the cluster what the overlay describes, and waits until it is ready. `again` is how `up` was called.
///
/// # Errors
/// What was not accepted or did not become ready, and where to look on; what is known of the reason was printed.
pub fn roll_out(tools: &Tools, overlay: &Path, again: &str) -> anyhow::Result<()> {
    let running = running()?;
    if running.is_empty() {
        apply(overlay, &[], again)?;
        for (name, image) in DEPLOYMENTS {
            note_image(name, &tools.image_id(image, TAG)?)?;
        }
        return DEPLOYMENTS.iter().try_for_each(|(name, _)| wait(name, again));
    }
    // What belongs to no single part first: settings and secrets are there before the pods that want them.
    let names: Vec<_> = DEPLOYMENTS.iter().map(|(name, _)| *name).collect();
    apply(overlay, &["-l", &format!("{NAME} notin ({})", names.join(","))], again)?;
    for (name, image) in DEPLOYMENTS {
        let id = tools.image_id(image, TAG)?;
        let started_with = running.iter().find_map(|(known, id)| (known == name).then_some(id));
        apply(overlay, &["-l", &format!("{NAME}={name}")], again)?;
        if started_with.is_some_and(|known| *known != id) {
            let restart = kubectl(&["-n", NAMESPACE, "rollout", "restart", &format!("deployment/{name}")]);
            ensure!(step::watch(name, restart).success, "{name} was not restarted (see above); run `{again}` again");
        }
        if started_with != Some(&id) {
            note_image(name, &id)?;
        }
        wait(name, again)?;
    }
    Ok(())
}

/// The deployments that are there, each with the id of the image that its pods were started with (empty if unknown).
fn running() -> anyhow::Result<Vec<(String, String)>> {
    let listed = kubectl(&["-n", NAMESPACE, "get", "deployments", RUNNING]).output();
    let listed = listed.context("kubectl could not be started")?;
    let said = String::from_utf8_lossy(&listed.stderr);
    ensure!(listed.status.success(), "the cluster does not say what runs in it; it said: {}", said.trim());
    let text = String::from_utf8_lossy(&listed.stdout);
    let pairs = text.lines().filter_map(|line| line.split_once(' '));
    Ok(pairs.map(|(name, id)| (name.to_owned(), id.trim().to_owned())).collect())
}

fn note_image(name: &str, id: &str) -> anyhow::Result<()> {
    let (deployment, image) = (format!("deployment/{name}"), format!("{IMAGE}={id}"));
    let noted = step::works(&mut kubectl(&["-n", NAMESPACE, "annotate", "--overwrite", &deployment, &image]));
    ensure!(noted, "the cluster did not keep which image {name} runs: the next `up` restarts it without need");
    Ok(())
}

fn apply(overlay: &Path, which: &[&str], again: &str) -> anyhow::Result<()> {
    let mut apply = kubectl(&["apply", "-k"]);
    apply.arg(overlay).args(which);
    ensure!(
        step::watch("apply", apply).success,
        "the cluster did not take {} as it is (see above); `kubectl kustomize {0}` shows what it was given. Mend that and run \
         `{again}` again",
        overlay.display()
    );
    Ok(())
}

fn wait(name: &str, again: &str) -> anyhow::Result<()> {
    let status = kubectl(&["-n", NAMESPACE, "rollout", "status", &format!("deployment/{name}"), TIMEOUT]);
    if step::watch(name, status).success {
        return Ok(());
    }
    explain(name);
    bail!(
        "{name} did not become ready; above are the pods, the cluster's warnings and the last lines of its log. More: \
         `kubectl --context {CONTEXT} -n {NAMESPACE} describe deployment/{name}`. Once that is mended, or if it only was \
         slow, run `{again}` again"
    )
}

/// Prints what a person would look at next. If one of these fails as well, its own message stands there instead.
fn explain(name: &str) {
    look(&["get", "pods", "--output=wide"]);
    step::header(
        "why",
        &format!("kubectl --context {CONTEXT} -n {NAMESPACE} get events --field-selector=type=Warning"),
    );
    print!("{}", warnings().unwrap_or_else(|error| format!("{error:#}\n")));
    look(&["logs", &format!("deployment/{name}"), "--all-containers", "--tail=20"]);
}

fn look(args: &[&str]) {
    let mut look = kubectl(&[&["-n", NAMESPACE], args].concat());
    step::header("why", &step::spelled(&look));
    if let Err(error) = look.stdin(Stdio::null()).status() {
        eprintln!("kubectl could not be started: {error}");
    }
}

/// The cluster's warnings, without those about pods that are gone: they were the cause of nothing that is seen now.
fn warnings() -> anyhow::Result<String> {
    let ask = |args: &[&str]| -> anyhow::Result<String> {
        let asked = kubectl(&[&["-n", NAMESPACE], args].concat()).output().context("kubectl could not be started")?;
        Ok(String::from_utf8_lossy(&asked.stdout).into_owned())
    };
    let pods = ask(&["get", "pods", "--output=jsonpath={range .items[*]}Pod/{.metadata.name}{\"\\n\"}{end}"])?;
    let listed = ask(&["get", "events", "--field-selector=type=Warning", "--sort-by=.lastTimestamp", WARNINGS])?;
    Ok(about_what_is_there(&listed, &pods))
}

/// An event's message may have several lines, and only the first names what it is about.
fn about_what_is_there(events: &str, pods: &str) -> String {
    let mut shown = true;
    let lines = events.lines().filter(|line| {
        if let Some((about, _)) = line.split_once('\t') {
            shown = !about.starts_with("Pod/") || pods.lines().any(|pod| pod == about);
        }
        shown
    });
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_about_pods_that_are_gone_are_left_out() {
        let events = "Pod/old\tt Failed: gone\nits second line\nPod/new\tt BackOff: restarting\nsecond line\n\
                      PersistentVolumeClaim/posts\tt ProvisioningFailed: no\n";
        assert_eq!(
            about_what_is_there(events, "Pod/new\nPod/other\n"),
            "Pod/new\tt BackOff: restarting\nsecond line\nPersistentVolumeClaim/posts\tt ProvisioningFailed: no\n"
        );
    }
}
