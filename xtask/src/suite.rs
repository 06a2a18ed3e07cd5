//! `cargo xtask test`: the steps, in the order in which a person wants to hear of them (quickest first), and their sum.
//!
//! A step that fails never stops the next. What is missing on this machine is named, not passed over: only cargo-deny
//! may be absent everywhere (it takes long to build); all else that is missing fails the run where `CI` is set.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum};

use crate::counts::{self, Counts};
use crate::summary::{Outcome, Row, Summary};
use crate::{browser, client, images, interop, step, tidy, tools};

/// What to run.
#[derive(Args)]
pub struct Options {
    /// Runs only these steps.
    #[arg(long, value_enum, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    only: Vec<Step>,
    /// Leaves out what is slow: the stories across services (e2e), the browser, images, doc tests, docs and cargo-deny.
    #[arg(long)]
    fast: bool,
    /// Makes a missing tool a failure (cargo-deny excepted); on wherever CI is set to anything but false or 0.
    #[arg(long, env = "CI", value_parser = FalseyValueParser::new())]
    ci: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// The code is formatted (cargo fmt)
    Format,
    /// The repository's own rules hold: arrows between crates, who may name what, links
    Tidy,
    /// The browser client: packages, types, lints, tests, and the build that the binaries carry; needs Node
    Client,
    /// No lint warns, in code and in tests
    Clippy,
    /// Unit, service and story tests; cargo-nextest where it is installed, else cargo test
    Tests,
    /// The client in a real browser against the real board; needs Node and Chromium
    Browser,
    /// The container images build and start, without a registry; needs buildah, Node, and to be root
    Images,
    /// The examples in the documentation run
    DocTests,
    /// The documentation builds without a warning
    Docs,
    /// Licences, advisories and sources of the dependencies, where cargo-deny is installed
    Deny,
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Tidy => "tidy",
            Self::Client => client::STEP,
            Self::Clippy => "clippy",
            Self::Tests => "tests",
            Self::Browser => browser::STEP,
            Self::Images => images::STEP,
            Self::DocTests => "doc-tests",
            Self::Docs => "docs",
            Self::Deny => "deny",
        }
    }

    fn is_slow(self) -> bool {
        matches!(self, Self::Browser | Self::Images | Self::DocTests | Self::Docs | Self::Deny)
    }
}

/// Runs the steps and prints the summary.
///
/// # Errors
/// If nobody is there to read the summary. A step that fails is no error: it is part of the summary and the exit code.
pub fn run(root: &Path, options: &Options) -> anyhow::Result<ExitCode> {
    let mut summary = Summary(Vec::new());
    for &step in Step::value_variants() {
        let name = step.name();
        if !options.only.is_empty() && !options.only.contains(&step) {
            summary.0.push(Row::skipped(name, "left out by --only"));
        } else if options.fast && step.is_slow() {
            summary.0.push(Row::skipped(name, "left out by --fast"));
        } else {
            summary.0.extend(run_step(root, step, options));
        }
    }
    write!(io::stdout(), "\n{summary}")?;
    Ok(if summary.counts().failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run_step(root: &Path, step: Step, options: &Options) -> Vec<Row> {
    let name = step.name();
    let watched = |command: Command| {
        let ended = step::watch(name, command);
        vec![Row::single(name, ended.success, ended.took)]
    };
    match step {
        Step::Format => watched(cargo(root, &["fmt", "--all", "--check"])),
        Step::Tidy => vec![check_tidy(root)],
        Step::Client => client::check(root, options.ci),
        Step::Clippy => {
            let mut clippy = cargo(root, &["clippy", "--workspace", "--all-targets", "--all-features", "--keep-going"]);
            clippy.args(["--", "-D", "warnings"]);
            watched(clippy)
        }
        Step::Tests => tests(root, options),
        Step::Browser => browser::check(root, options.ci, || build(root, &["--package", "folkmoot"])),
        Step::Images => vec![images::check(root, options.ci)],
        Step::DocTests => {
            let ended = step::watch_and_keep(name, cargo(root, &["test", "--workspace", "--all-features", "--doc"]));
            vec![Row::tests_if_any(name, ended.success, counts::of_libtest(&ended.output), ended.took)]
        }
        Step::Docs => {
            let mut doc = cargo(root, &["doc", "--workspace", "--no-deps", "--keep-going"]);
            doc.env("RUSTDOCFLAGS", "-D warnings");
            watched(doc)
        }
        Step::Deny if !step::works(&mut cargo(root, &["deny", "--version"])) => {
            vec![Row::skipped(name, "cargo-deny is not installed; it can be: cargo install --locked cargo-deny")]
        }
        Step::Deny => watched(cargo(root, &["deny", "check"])),
    }
}

fn cargo(root: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root).args(args);
    command
}

fn check_tidy(root: &Path) -> Row {
    let name = Step::Tidy.name();
    step::header(name, "the repository's own rules");
    let started = Instant::now();
    let (passed, note) = match tidy::check(root) {
        Ok(findings) => {
            for finding in &findings {
                println!("{finding}");
            }
            (
                findings.is_empty(),
                if findings.is_empty() { String::new() } else { format!("findings: {}", findings.len()) },
            )
        }
        Err(error) => (false, format!("{error:#}")),
    };
    step::footer(name, passed, started.elapsed());
    Row::single(name, passed, started.elapsed()).note(note)
}

/// The tests, and before them what they need beyond cargo.
fn tests(root: &Path, options: &Options) -> Vec<Row> {
    let name = Step::Tests.name();
    let (foreign, foreign_rows) = prepare_foreign(root, options);
    let nextest = step::works(&mut cargo(root, &["nextest", "--version"]));
    // The stories run the real binaries, which no runner builds for them.
    let binaries = build(root, &["--workspace"]);
    let mut command = test_command(root, nextest, &foreign);
    if let Some(folder) = binaries {
        command.env(BINARIES_VARIABLE, folder);
    }
    let ended = step::watch_and_keep(name, command);
    let counted = if nextest { counts::of_nextest(&ended.output) } else { counts::of_libtest(&ended.output) };
    let tests = Row::tests(name, ended.success, counted, ended.took);
    let openapi = Row {
        step: "openapi",
        outcome: Outcome::Within,
        took: Duration::ZERO,
        counts: Counts::default(),
        note: "within tests: each service compares its OpenAPI description with the committed one".to_owned(),
    };
    let runner = (!nextest).then(|| {
        let why = "cargo-nextest is not installed, so cargo test ran; it can be: cargo install --locked cargo-nextest";
        Row::missing("nextest", why, options.ci)
    });
    foreign_rows.into_iter().chain(runner).chain([tests, openapi, sqlite(root)]).collect()
}

/// Which SQLite runs: some versions may damage a database.
fn sqlite(root: &Path) -> Row {
    let ended =
        step::watch_and_keep("sqlite", cargo(root, &["run", "--quiet", "--package", "chassis", "--example", "sqlite"]));
    let said = ended.output.lines().find(|line| !line.trim().is_empty()).unwrap_or("it does not run").trim();
    Row::single("sqlite", ended.success, ended.took).note(format!("the version that runs: {said}"))
}

/// Tells the stories and the browser's tests where the binaries are, so that they need not ask cargo.
pub const BINARIES_VARIABLE: &str = "FOLKMOOT_BINARIES";

/// Builds binaries, with whatever client there is; their folder.
fn build(root: &Path, which: &[&str]) -> Option<PathBuf> {
    let mut command = cargo(root, &["build", "--bins"]);
    command.args(which);
    step::watch_and_keep("binaries", command).success.then(|| target_folder(root).join("debug"))
}

#[expect(clippy::disallowed_methods, reason = "where cargo builds is cargo's own setting")]
fn target_folder(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}

/// What the tests may speak with besides ourselves.
enum Foreign {
    /// The Python that has the libraries, and the other programs; or why there are none of them, and their tests are left out.
    Found { python: Result<PathBuf, String>, tools: Result<(), String> },
    /// Not asked for: the whole of e2e is left out.
    WithoutStories,
}

fn prepare_foreign(root: &Path, options: &Options) -> (Foreign, Vec<Row>) {
    if options.fast {
        return (Foreign::WithoutStories, vec![Row::skipped("e2e", "left out by --fast")]);
    }
    let started = Instant::now();
    let python = interop::prepare(root);
    let interop_row = match &python {
        Ok(_) => Row::single(interop::STEP, true, started.elapsed()),
        Err(why) => {
            println!("interop tests are left out: {why}");
            Row::missing(interop::STEP, why.clone(), options.ci)
        }
    };
    let (tools, tools_row) = tools::prepare(options.ci);
    (Foreign::Found { python, tools }, vec![interop_row, tools_row])
}

/// The runner's command line. Tests whose path has `interop` in it need the foreign libraries, those with `deploy` or `nginx` the
/// other programs (and some of them the libraries too); without those they are filtered out, so that the runner itself counts
/// them as skipped.
fn test_command(root: &Path, nextest: bool, foreign: &Foreign) -> Command {
    let mut command = if nextest {
        cargo(root, &["nextest", "run", "--workspace", "--all-features"])
    } else {
        // The examples in the documentation have a step of their own.
        cargo(root, &["test", "--workspace", "--all-features", "--lib", "--bins", "--tests", "--no-fail-fast"])
    };
    let Foreign::Found { python, tools } = foreign else {
        command.args(["--exclude", "e2e"]);
        return command;
    };
    let mut left_out = Vec::new();
    match python {
        Ok(python) => drop(command.env(interop::PYTHON_VARIABLE, python)),
        Err(why) => {
            command.env(interop::SKIP_VARIABLE, why);
            left_out.push("interop");
        }
    }
    if python.is_err() || tools.is_err() {
        left_out.extend(tools::TESTS.split('|'));
    }
    if nextest && !left_out.is_empty() {
        command.args(["-E", &format!("not (package(e2e) and test(/{}/))", left_out.join("|"))]);
    } else if !left_out.is_empty() {
        command.arg("--").args(left_out.iter().map(|word| format!("--skip={word}")));
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(nextest: bool, foreign: &Foreign) -> String {
        step::spelled(&test_command(Path::new("/repo"), nextest, foreign))
    }

    fn found(python: Result<&str, &str>, tools: Result<(), &str>) -> Foreign {
        Foreign::Found { python: python.map(PathBuf::from).map_err(str::to_owned), tools: tools.map_err(str::to_owned) }
    }

    #[test]
    fn the_tests_learn_which_python_to_use() {
        let line = spelled(true, &found(Ok("/repo/target/interop-venv/bin/python"), Ok(())));
        assert_eq!(
            line,
            "FOLKMOOT_INTEROP_PYTHON=/repo/target/interop-venv/bin/python cargo nextest run --workspace --all-features"
        );
    }

    #[test]
    fn without_the_libraries_both_runners_leave_out_what_needs_them() {
        for (nextest, filter) in [
            (true, "-E 'not (package(e2e) and test(/interop|deploy|nginx/))'"),
            (false, "-- --skip=interop --skip=deploy --skip=nginx"),
        ] {
            let line = spelled(nextest, &found(Err("no python3"), Ok(())));
            assert!(line.starts_with("FOLKMOOT_SKIP_INTEROP='no python3' cargo "), "{line}");
            assert!(line.ends_with(filter), "{line}");
        }
    }

    #[test]
    fn without_the_other_programs_both_runners_leave_out_what_needs_them() {
        for (nextest, filter) in
            [(true, "-E 'not (package(e2e) and test(/deploy|nginx/))'"), (false, "-- --skip=deploy --skip=nginx")]
        {
            let line = spelled(nextest, &found(Ok("python"), Err("no nginx")));
            assert!(line.ends_with(filter), "{line}");
        }
    }

    #[test]
    fn fast_leaves_out_the_stories() {
        assert!(spelled(true, &Foreign::WithoutStories).ends_with("--exclude e2e"));
    }

    #[test]
    fn the_names_in_the_summary_are_those_that_only_takes() {
        for step in Step::value_variants() {
            let value = step.to_possible_value().map(|value| value.get_name().to_owned());
            assert_eq!(value.as_deref(), Some(step.name()));
        }
    }
}
