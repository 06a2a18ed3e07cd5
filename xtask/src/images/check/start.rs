//! Programs started out of their images: with the image's files as the whole world, as the image's user, and with the
//! image's settings alone. A library that was left behind, or a folder that cannot be written to, shows here.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::inside::{Described, USER};
use super::store::{Container, answer};

/// Enters a folder as if it were all there is; part of every Debian.
const CHROOT: &str = "/usr/sbin/chroot";
/// How long a program may take to be ready, and to end.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What the image starts, with other arguments.
fn program(described: &Described, files: &Path, args: &[&str]) -> Command {
    let mut program = Command::new(CHROOT);
    program.arg(format!("--userspec={USER}:{USER}")).arg(files).args(described.entry.first()).args(args);
    program.env_clear().envs(described.env.iter().filter_map(|variable| variable.split_once('=')));
    program
}

/// A service says what it is and what can be set.
pub fn speaks(described: &Described, files: &Path) -> Vec<String> {
    let tries = [("--version", env!("CARGO_PKG_VERSION")), ("--help", "FOLKMOOT_DATA_DIR")];
    let problem = |(argument, expected): (&str, &str)| match answer(program(described, files, &[argument])) {
        Ok(said) if said.contains(expected) => None,
        Ok(said) => Some(format!("{argument} says nothing of {expected}: {said}")),
        Err(why) => Some(why),
    };
    tries.into_iter().filter_map(problem).collect()
}

/// The whole board runs: it becomes ready, has its pages, keeps the bus to itself, and ends when it is told to.
pub fn board(described: &Described, files: &Path) -> Vec<String> {
    board_runs(described, files).err().into_iter().collect()
}

fn board_runs(described: &Described, files: &Path) -> Result<(), String> {
    let ports = free_ports(6).map_err(|error| error.to_string())?;
    let mut board = program(described, files, &[]);
    let own = ["POSTS", "COMMENTS", "QUERY", "MODERATION", "BUS"];
    for (name, port) in own.iter().zip(&ports[1..]) {
        board.env(format!("FOLKMOOT_{name}_ADDR"), format!("127.0.0.1:{port}"));
    }
    board.env("FOLKMOOT_ADDR", format!("0.0.0.0:{}", ports[0]));
    let mut running = Running::start(board)?;
    running.until_answers(ports[0], "/readyz")?;
    has_pages(ports[0])?;
    let (status, _) = get(ports[5], "/events").map_err(|error| format!("GET /events: {error}"))?;
    if status != 401 {
        return Err(format!("the bus answers {status} to whoever has no token, not 401"));
    }
    running.end("TERM")
}

/// The front door starts on the image's own configuration, has the pages, and ends when it is told to. The services'
/// names lead nowhere here: they are replaced by an address of this machine at which nobody is.
pub fn front_door(described: &Described, container: &Container) -> Vec<String> {
    front_door_runs(described, container).err().into_iter().collect()
}

fn front_door_runs(described: &Described, container: &Container) -> Result<(), String> {
    let folder = container.files.join("srv/front");
    let port = free_ports(1).map_err(|error| error.to_string())?[0];
    change(&folder.join("upstreams.conf"), at_this_machine)?;
    change(&folder.join("listen.conf"), |text| text.replace("listen 8080", &format!("listen {port}")))?;
    // A runtime gives its pipes to the image's user; those of `buildah run` are root's, and cannot be opened by name.
    change(&folder.join("logs.conf"), |text| text.replace("/dev/stdout", "run/access.log"))?;

    let entry: Vec<_> = described.entry.iter().map(|word| &**word).collect();
    answer(container.run(&[&entry[..], &["-t"]].concat()))?;
    let mut running = Running::start(container.run(&entry))?;
    running.until_answers(port, "/")?;
    let master = folder.join("run/nginx.pid");
    let master = fs::read_to_string(&master).map_err(|error| format!("{}: {error}", master.display()))?;
    master.trim().clone_into(&mut running.in_charge);
    has_pages(port)?;
    running.end("QUIT")
}

/// Writes a file anew. One in which nothing is to be changed is not what this was made for.
fn change(file: &Path, how: impl FnOnce(&str) -> String) -> Result<(), String> {
    let failed = |error: io::Error| format!("{}: {error}", file.display());
    let before = fs::read_to_string(file).map_err(failed)?;
    let after = how(&before);
    if after == before {
        return Err(format!("{} does not say what it said when this check was written", file.display()));
    }
    fs::write(file, after).map_err(failed)
}

/// At `/` is the built client, which names its files under `/assets/`; the plain page of a board without it does not.
fn has_pages(port: u16) -> Result<(), String> {
    match get(port, "/") {
        Ok((200, page)) if page.contains("/assets/") => Ok(()),
        Ok((status, page)) => Err(format!("GET / is answered {status} and not with the pages: {page}")),
        Err(error) => Err(format!("GET /: {error}")),
    }
}

/// The text of `upstreams.conf` with `127.0.0.1` for each name.
fn at_this_machine(text: &str) -> String {
    let line = |line: &str| match line.trim_start().strip_prefix("server ").and_then(|rest| rest.split_once(':')) {
        Some((_, rest)) => format!("server 127.0.0.1:{rest}\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// A program that is ended with its test, however that goes.
struct Running {
    child: Child,
    /// The process that is told to end: the program itself, or one that runs within it.
    in_charge: String,
}

impl Running {
    fn start(mut command: Command) -> Result<Self, String> {
        let started = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        let child = started.map_err(|error| format!("{}: {error}", command.get_program().to_string_lossy()))?;
        Ok(Self { in_charge: child.id().to_string(), child })
    }

    /// Waits until something is there and fine.
    fn until_answers(&mut self, port: u16, path: &str) -> Result<(), String> {
        let started = Instant::now();
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("it ended with {status} instead of answering {path}"));
            }
            let answered = get(port, path);
            if answered.as_ref().is_ok_and(|(status, _)| *status == 200) {
                return Ok(());
            }
            if started.elapsed() > PATIENCE {
                return Err(format!("{path} was not answered with 200 in {PATIENCE:?}, but: {answered:?}"));
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    fn signal(&self, signal: &str) -> Result<(), String> {
        let mut kill = Command::new("kill");
        kill.args([&format!("-{signal}"), &*self.in_charge]);
        answer(kill).map(drop)
    }

    /// Tells it to end, and waits for that.
    fn end(&mut self, signal: &str) -> Result<(), String> {
        self.signal(signal)?;
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(format!("after SIG{signal} it ended with {status}, not with 0")),
                Ok(None) => thread::sleep(LOOK_EVERY),
                Err(error) => return Err(error.to_string()),
            }
        }
        Err(format!("after SIG{signal} it went on for {PATIENCE:?}"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        // What fails here has ended in between, which is what is wanted.
        drop(self.signal("TERM"));
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Ports that nobody has at this moment.
fn free_ports(count: usize) -> io::Result<Vec<u16>> {
    let listeners: Vec<_> =
        (0..count).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<io::Result<_>>()?;
    listeners.iter().map(|listener| Ok(listener.local_addr()?.port())).collect()
}

/// One request: the status and what came with it.
fn get(port: u16, path: &str) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html, */*\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "that is not HTTP"))?;
    Ok((status, answer.split_once("\r\n\r\n").map_or_else(String::new, |(_, body)| body.to_owned())))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn the_names_of_services_become_an_address_and_all_else_stays() {
        let text = "# where\nupstream posts {\n    server posts:4000 max_fails=0;\n    keepalive 8;\n}\n";
        let expected = "# where\nupstream posts {\nserver 127.0.0.1:4000 max_fails=0;\n    keepalive 8;\n}\n";
        assert_eq!(at_this_machine(text), expected);
    }

    #[test]
    fn an_answer_is_taken_apart() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            let length = stream.read(&mut request).unwrap();
            stream.write_all(b"HTTP/1.1 401 Unauthorized\r\nX: y\r\n\r\nno token").unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        assert_eq!(get(port, "/events").unwrap(), (401, "no token".to_owned()));
        assert!(server.join().unwrap().starts_with("GET /events HTTP/1.1\r\n"));
    }

    #[test]
    fn a_program_that_ends_at_once_is_not_waited_for() {
        let mut running = Running::start(Command::new("false")).unwrap();
        let port = free_ports(1).unwrap()[0];
        let why = running.until_answers(port, "/readyz").unwrap_err();
        assert!(why.contains("it ended with exit status: 1"), "{why}");
    }
}
