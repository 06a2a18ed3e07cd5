//! The Python environment that the interop tests of `e2e` speak from: a real `CloudEvents` SDK and a real Standard
//! Webhooks library, so that "compatible" is what others' code says and not what ours believes of itself.
//!
//! It lives in `target/interop-venv` and is made once; a stamp beside it holds everything that it was made from, so that
//! another pin, another Python or a moved folder makes it anew. Where it cannot be made, the caller decides what that
//! means: on CI a failure, elsewhere tests that are left out and counted as such.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{debian, step};

/// The name of this step in the summary.
pub const STEP: &str = "interop";
/// Tells the tests which Python has the libraries.
pub const PYTHON_VARIABLE: &str = "FOLKMOOT_INTEROP_PYTHON";
/// Tells the tests that there is none, and why.
pub const SKIP_VARIABLE: &str = "FOLKMOOT_SKIP_INTEROP";

const REQUIREMENTS: &str = "e2e/interop/requirements.txt";
const VENV: &str = "target/interop-venv";

/// Makes the environment unless it is there, and returns its interpreter.
///
/// # Errors
/// Why there is none, and what a person can do about it, in one line.
pub fn prepare(root: &Path) -> Result<PathBuf, String> {
    let requirements =
        fs::read_to_string(root.join(REQUIREMENTS)).map_err(|error| format!("{REQUIREMENTS}: {error}"))?;
    find_python()?;
    let venv = root.join(VENV);
    let python = venv.join("bin/python");
    let stamp = venv.join("folkmoot-stamp");
    let made_from = format!("{}\n{}\n{requirements}", venv.display(), version());
    if fs::read_to_string(&stamp).is_ok_and(|found| found == made_from) && step::works(Command::new(&python).arg("-V"))
    {
        return Ok(python);
    }
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(&venv);
    let mut fill = Command::new(&python);
    fill.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
    fill.args(["--retries", "2", "--timeout", "20", "-r"]).arg(root.join(REQUIREMENTS));
    for command in [make, fill] {
        let spelled = step::spelled(&command);
        if !step::watch(STEP, command).success {
            return Err(format!("the Python libraries could not be installed; see what this says: {spelled}"));
        }
    }
    fs::write(&stamp, made_from).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(python)
}

/// Sees to it that `python3` can make environments; on Debian as root that means installing it.
fn find_python() -> Result<(), String> {
    if can_make_environments() {
        return Ok(());
    }
    if debian::install(STEP, &["python3", "python3-venv"]) && can_make_environments() {
        return Ok(());
    }
    Err("no python3 with venv; install it (Debian: apt-get install python3 python3-venv) and run this again".to_owned())
}

fn can_make_environments() -> bool {
    step::works(Command::new("python3").args(["-c", "import venv, ensurepip"]))
}

/// Which Python this is, in words that change when it is another.
fn version() -> String {
    let asked = Command::new("python3").args(["-c", "import sys; print(sys.version, sys.base_prefix)"]).output();
    asked.map(|answer| String::from_utf8_lossy(&answer.stdout).trim().to_owned()).unwrap_or_default()
}
