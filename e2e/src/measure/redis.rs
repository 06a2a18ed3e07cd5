//! The peer of the bus: Redis Streams that flush every append, where `redis-server` is installed. The same number of
//! connections append entries of about the same size with the same generator.

use std::io;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::load::{self, Called, Caller, Load};
use super::settings::Settings;
use crate::ports::Port;

/// Bytes of an entry's value.
const BYTES: usize = 256;
const PATIENCE: Duration = Duration::from_secs(10);

/// Measures Redis under the bus's load; nothing if it is not installed.
///
/// # Errors
/// If it is, and does not come up or breaks a connection.
pub async fn measure(settings: &Settings) -> anyhow::Result<Option<Load>> {
    let (folder, port) = (settings.folder()?, Port::take());
    let started = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--port", &port.number().to_string(), "--save", ""])
        .args(["--appendonly", "yes", "--appendfsync", "always", "--daemonize", "no"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let mut server = match started {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        started => started?,
    };
    wait(&mut server, &port.address()).await?;
    let mut callers = Vec::with_capacity(settings.connections());
    for _ in 0..settings.connections() {
        callers.push(Adder::open(&port.address()).await?);
    }
    let load = load::full(callers, settings.short_time()).await;
    server.kill().await?;
    load.map(Some)
}

async fn wait(server: &mut Child, address: &str) -> anyhow::Result<()> {
    let began = Instant::now();
    while TcpStream::connect(address).await.is_err() {
        if let Some(status) = server.try_wait()? {
            anyhow::bail!("redis-server ended with {status}");
        }
        anyhow::ensure!(began.elapsed() < PATIENCE, "redis-server does not listen");
        // why: the pause between two looks at a condition
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

struct Adder {
    stream: TcpStream,
    request: Vec<u8>,
    buffer: [u8; 256],
}

impl Adder {
    async fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let value = "x".repeat(BYTES);
        let request = command(&["XADD", "events", "*", "data", &value]);
        Ok(Self { stream, request, buffer: [0; 256] })
    }
}

/// A command as an array of bulk strings (RESP 2).
fn command(words: &[&str]) -> Vec<u8> {
    let bulk = |word: &&str| format!("${}\r\n{word}\r\n", word.len());
    let words: Vec<String> = std::iter::once(format!("*{}\r\n", words.len())).chain(words.iter().map(bulk)).collect();
    words.concat().into_bytes()
}

impl Caller for Adder {
    async fn call(&mut self) -> anyhow::Result<Called> {
        self.stream.write_all(&self.request).await?;
        let mut filled = 0;
        // `$15\r\n1700000000000-0\r\n`, or one line that begins with `-`.
        loop {
            let read = self.stream.read(&mut self.buffer[filled..]).await?;
            anyhow::ensure!(read > 0, "redis-server closed the connection");
            filled += read;
            let answer = &self.buffer[..filled];
            let whole = answer.ends_with(b"\r\n");
            if whole && answer.starts_with(b"-") {
                return Ok(Called::Refused(String::from_utf8_lossy(answer).into_owned()));
            }
            // The id has digits and a dash only, so the second line end is the last.
            if whole && answer.split(|byte| *byte == b'\n').nth(2).is_some() {
                return Ok(Called::Taken(1));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_an_array_of_counted_words() {
        assert_eq!(command(&["XADD", "s"]), b"*2\r\n$4\r\nXADD\r\n$1\r\ns\r\n");
    }
}
