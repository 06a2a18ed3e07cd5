//! The programs of others that the tests of deployment run: nginx, kubectl, bubblewrap, promtool. Each is looked for, installed
//! where that may be done (as root on Debian), and else named with how it is got; without one of them those tests are left
//! out, which the summary says.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::summary::Row;
use crate::{debian, step};

/// The name of this step in the summary.
pub const STEP: &str = "tools";
/// In the path of every test that needs them.
pub const TESTS: &str = "deploy|nginx";
/// Debian's place for modules, and two others.
const MODULES: [&str; 3] = ["/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/local/lib/nginx/modules"];
const NGINX: [&str; 4] = ["nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"];
/// The oldest kustomize (in kubectl since 1.27) that builds what lies in `k8s/`.
const OLDEST_KUSTOMIZE: u32 = 5;

/// One of them.
struct Tool {
    name: &'static str,
    is_there: fn() -> bool,
    packages: &'static [&'static str],
    advice: &'static str,
}

const TOOLS: [Tool; 4] = [
    Tool {
        name: "nginx with its Brotli module",
        is_there: has_nginx,
        packages: &["nginx", "libnginx-mod-http-brotli-static"],
        advice: "Debian: apt-get install nginx libnginx-mod-http-brotli-static",
    },
    Tool {
        name: "kubectl 1.27 or later",
        is_there: has_kubectl,
        packages: &["kubernetes-client"],
        advice: "https://kubernetes.io/docs/tasks/tools/",
    },
    Tool {
        name: "bubblewrap",
        is_there: || step::works(Command::new("bwrap").arg("--version")),
        packages: &["bubblewrap"],
        advice: "Debian: apt-get install bubblewrap",
    },
    Tool {
        name: "promtool",
        is_there: || step::works(Command::new("promtool").arg("--version")),
        packages: &["prometheus"],
        advice: "Debian: apt-get install prometheus",
    },
];

/// Sees to it that all are there; the row for the summary, and what is missing.
pub fn prepare(ci: bool) -> (Result<(), String>, Row) {
    let started = Instant::now();
    let missing: Vec<_> = TOOLS.iter().filter(|tool| !(tool.is_there)() && !tool.install()).collect();
    if missing.is_empty() {
        return (Ok(()), Row::single(STEP, true, started.elapsed()).note("nginx, kubectl, bubblewrap, promtool"));
    }
    let named: Vec<_> = missing.iter().map(|tool| format!("no {} ({})", tool.name, tool.advice)).collect();
    let why = named.join("; ");
    println!("tests of deployment are left out: {why}");
    let row = Row { took: Duration::ZERO, ..Row::missing(STEP, why.clone(), ci) };
    (Err(why), row)
}

impl Tool {
    fn install(&self) -> bool {
        debian::install(STEP, self.packages) && (self.is_there)()
    }
}

/// Whether there is an nginx that the front door of containers runs on.
pub fn has_nginx() -> bool {
    let module = |folder: &&str| Path::new(folder).join("ngx_http_brotli_static_module.so").is_file();
    NGINX.iter().any(|path| step::works(Command::new(path).arg("-v"))) && MODULES.iter().any(module)
}

fn has_kubectl() -> bool {
    let asked = Command::new("kubectl").args(["version", "--client"]).output();
    asked.is_ok_and(|answer| kustomize(&String::from_utf8_lossy(&answer.stdout)) >= OLDEST_KUSTOMIZE)
}

/// The major version of kustomize in what `kubectl version --client` says; 0 if it says none.
fn kustomize(text: &str) -> u32 {
    let version = text.lines().find_map(|line| line.strip_prefix("Kustomize Version: v"));
    version.and_then(|version| version.split('.').next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_kubectl_is_no_kubectl() {
        assert_eq!(kustomize("Client Version: v1.32.4\nKustomize Version: v5.5.0\n"), 5);
        assert_eq!(kustomize("Client Version: v1.26.1\nKustomize Version: v4.5.7\n"), 4);
        for none in ["", "Client Version: v1.20.2", "Kustomize Version: x"] {
            assert_eq!(kustomize(none), 0, "{none}");
        }
    }
}
