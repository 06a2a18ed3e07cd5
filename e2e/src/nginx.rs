//! The front door of containers: a real nginx with the configuration of `client/nginx`, as its image has it.
//!
//! Only what is there to be replaced is replaced: the port, and where the services are.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::ports::Port;
use crate::process::Process;

/// The upstream of each service, where it is not called as the service is.
const UPSTREAMS: [(&str, &str); 5] = [
    ("event-bus", "bus"),
    ("posts", "posts"),
    ("comments", "comments"),
    ("moderation", "moderation"),
    ("query", "query"),
];

/// What the door needs beside nginx itself.
const MODULE: &str = "ngx_http_brotli_static_module.so";
/// Where Debian, Alpine and others put modules.
const MODULES: [&str; 3] = ["/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/local/lib/nginx/modules"];

/// A front door on a port, with services at these addresses behind it (by their binary's name); not started yet. Its files
/// are kept in a folder below `folder`.
///
/// # Panics
/// If there is no nginx with its Brotli module, or no room for the files.
pub fn front(folder: &Path, port: &Port, services: &[(&str, String)]) -> Process {
    let prefix = prefix(folder, port, services);
    nginx("front", &prefix, port, folder)
}

/// The plainest of proxies, on a port, with one server behind it (by its URL); not started yet.
///
/// # Panics
/// If there is no nginx, or no room for the files.
#[expect(clippy::expect_used, reason = "a story without its proxy fails")]
pub fn bare(folder: &Path, port: &Port, behind: &str) -> Process {
    let prefix = folder.join(format!("bare-{}", port.number()));
    fs::create_dir_all(prefix.join("run")).expect("a folder for nginx");
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary: String = temporary.map(|what| format!("{what}_temp_path run/{what};\n")).concat();
    let configuration = format!(
        "daemon off;\npid run/nginx.pid;\nerror_log stderr warn;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}\
         server {{\nlisten {};\nlocation / {{ proxy_pass {behind}; }}\n}}\n}}\n",
        port.address()
    );
    fs::write(prefix.join("nginx.conf"), configuration).expect("a file");
    nginx("bare-nginx", &prefix, port, folder)
}

fn nginx(name: &str, prefix: &Path, port: &Port, folder: &Path) -> Process {
    let mut arguments =
        ["-p", &prefix.display().to_string(), "-c", "nginx.conf", "-e", "stderr"].map(str::to_owned).to_vec();
    // As root it would hand its work to a user who may not look into a temporary folder.
    if fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0) {
        arguments.extend(["-g", "user root;"].map(str::to_owned));
    }
    Process::new(name, arguments, port.url(), folder).of(program(), "QUIT")
}

/// The folder that nginx is started with, here.
#[expect(clippy::expect_used, reason = "a story without its front door fails")]
fn prefix(folder: &Path, port: &Port, services: &[(&str, String)]) -> PathBuf {
    let prefix = folder.join(format!("front-{}", port.number()));
    as_in_the_image(&prefix);
    let replace = |name: &str, text: String| {
        assert!(prefix.join(name).is_file(), "client/nginx/{name} is there to be replaced");
        fs::write(prefix.join(name), text).expect("a file");
    };
    replace("listen.conf", format!("listen {} default_server;\n", port.address()));
    replace("upstreams.conf", upstreams(services));
    prefix
}

/// Makes the folder that nginx is started with, as its image has it: nothing is replaced.
///
/// # Panics
/// If there is no nginx with its Brotli module, or no room for the files.
#[expect(clippy::expect_used, reason = "a story without its front door fails")]
pub fn as_in_the_image(prefix: &Path) {
    fs::create_dir_all(prefix.join("run")).expect("a folder for nginx");
    fs::create_dir_all(prefix.join("modules")).expect("a folder for modules");
    let files = fs::read_dir(configuration()).expect("client/nginx is there");
    for file in files.map(|file| file.expect("a file").path()) {
        let name = file.file_name().expect("a name");
        fs::copy(&file, prefix.join(name)).expect("a copy");
    }
    let module = MODULES.iter().map(|folder| Path::new(folder).join(MODULE)).find(|module| module.is_file());
    let module = module.expect("nginx's Brotli module; Debian: apt-get install libnginx-mod-http-brotli-static");
    fs::copy(module, prefix.join("modules").join(MODULE)).expect("a copy");
    pages(&prefix.join("html"));
}

/// The configuration as it lies in the repository.
pub fn configuration() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../client/nginx")
}

/// The upstreams as they are shipped, with other addresses.
#[expect(clippy::expect_used, reason = "a story without its front door fails")]
fn upstreams(services: &[(&str, String)]) -> String {
    let mut text = fs::read_to_string(configuration().join("upstreams.conf")).expect("client/nginx/upstreams.conf");
    for (service, address) in services {
        let (_, upstream) = UPSTREAMS.iter().find(|(known, _)| known == service).expect("a known service");
        let start = text.find(&format!("upstream {upstream} {{")).expect("an upstream of that name");
        let server = start + text[start..].find("server ").expect("a server in it") + "server ".len();
        let end = server + text[server..].find(' ').expect("options after it");
        text.replace_range(server..end, address);
    }
    text
}

/// The client's build, or without it a page that stands for it.
#[expect(clippy::expect_used, reason = "a story without its front door fails")]
fn pages(html: &Path) {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client/dist");
    if built.join("index.html").is_file() {
        std::os::unix::fs::symlink(built.canonicalize().expect("a path"), html).expect("a link");
    } else {
        fs::create_dir_all(html).expect("a folder for pages");
        fs::write(html.join("index.html"), "<!doctype html><title>Folkmoot</title>").expect("a page");
    }
}

/// The nginx of this machine: as `FOLKMOOT_NGINX` says, else from the usual places.
#[expect(clippy::disallowed_methods, reason = "where another program is, is the machine's own setting")]
pub fn program() -> PathBuf {
    let named = std::env::var_os("FOLKMOOT_NGINX").map(PathBuf::from);
    named.unwrap_or_else(|| {
        let usual = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"].map(PathBuf::from);
        usual.into_iter().find(|path| path.is_file()).unwrap_or_else(|| "nginx".into())
    })
}
