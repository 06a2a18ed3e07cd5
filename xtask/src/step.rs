//! Running one program as a step: a header, its output as it comes, its duration.
//!
//! Most steps hand their terminal on. Where the output has to be read as well (tests, to count them), it is copied while
//! it passes through, so that a person watches it live all the same.

use std::io::{self, IsTerminal, Read, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How a program ended.
pub struct Ended {
    /// Whether it exited with 0.
    pub success: bool,
    /// How long it ran.
    pub took: Duration,
    /// What it printed, both streams after each other; empty unless it was asked for.
    pub output: String,
}

/// Says what is about to happen.
pub fn header(step: &str, what: &str) {
    println!("\n== {step}: {what}");
}

/// Says how a step ended.
pub fn footer(step: &str, success: bool, took: Duration) {
    println!("-- {step} {} in {:.1} s", if success { "passed" } else { "FAILED" }, took.as_secs_f64());
}

/// The command as a person would type it, for the header.
pub fn spelled(command: &Command) -> String {
    let mut words: Vec<String> = command
        .get_envs()
        .filter_map(|(name, value)| Some(format!("{}={}", name.to_string_lossy(), quoted(&value?.to_string_lossy()))))
        .collect();
    words.push(quoted(&command.get_program().to_string_lossy()));
    words.extend(command.get_args().map(|arg| quoted(&arg.to_string_lossy())));
    words.join(" ")
}

/// Runs a program on this terminal.
pub fn watch(step: &str, mut command: Command) -> Ended {
    header(step, &spelled(&command));
    let started = Instant::now();
    let success = match command.stdin(Stdio::null()).status() {
        Ok(status) => status.success(),
        Err(error) => not_started(&command, &error),
    };
    let took = started.elapsed();
    footer(step, success, took);
    Ended { success, took, output: String::new() }
}

/// Runs a program, shows its output as it comes, and keeps it.
pub fn watch_and_keep(step: &str, mut command: Command) -> Ended {
    header(step, &spelled(&command));
    if io::stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let started = Instant::now();
    let (success, output) = match command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() {
        Ok(mut child) => {
            let errors = child.stderr.take().map(|pipe| thread::spawn(|| copy(pipe, io::stderr())));
            let mut output = child.stdout.take().map(|pipe| copy(pipe, io::stdout())).unwrap_or_default();
            output.push(b'\n');
            output.extend(errors.and_then(|reader| reader.join().ok()).unwrap_or_default());
            let success = child.wait().is_ok_and(|status| status.success());
            (success, String::from_utf8_lossy(&output).into_owned())
        }
        Err(error) => (not_started(&command, &error), String::new()),
    };
    let took = started.elapsed();
    footer(step, success, took);
    Ended { success, took, output }
}

/// Whether a program runs at all and exits with 0; prints nothing.
pub fn works(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

fn not_started(command: &Command, error: &io::Error) -> bool {
    eprintln!("{} could not be started: {error}", command.get_program().to_string_lossy());
    false
}

/// Copies what comes to a stream of ours and returns it. A stream of ours that is gone (`| head`) does not stop the
/// reading: the program would hang on a full pipe.
fn copy(mut from: impl Read, mut to: impl Write) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut piece = [0; 8192];
    let mut open = true;
    loop {
        match from.read(&mut piece) {
            Ok(0) => return kept,
            Ok(length) => {
                kept.extend_from_slice(&piece[..length]);
                open = open && to.write_all(&piece[..length]).and_then(|()| to.flush()).is_ok();
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return kept,
        }
    }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@+".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{word}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_would_be_typed() {
        let mut command = Command::new("cargo");
        command.args(["nextest", "run", "-E", "not test(/x/)"]).env("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(spelled(&command), "RUSTDOCFLAGS='-D warnings' cargo nextest run -E 'not test(/x/)'");
    }

    #[test]
    fn output_is_kept_even_if_nobody_watches() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let text = "x".repeat(20_000);
        assert_eq!(copy(text.as_bytes(), Gone), text.as_bytes());
    }

    #[test]
    fn a_program_that_does_not_exist_fails_its_step() {
        assert!(!watch("test", Command::new("/no/such/program")).success);
        assert!(!watch_and_keep("test", Command::new("/no/such/program")).success);
        assert!(!works(&mut Command::new("/no/such/program")));
    }
}
