//! Opening a listener, and what to say when that fails.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// Connections that wait to be accepted.
const BACKLOG: u32 = 4096;
/// What the kernel keeps of an answer that is not read, on each connection. By itself it would go up to some megabytes;
/// this is enough for some MB/s over a distant line, and a caller who takes 4 KB/s still shows progress in time.
const SEND_BUFFER: u32 = 128 * 1024;

/// Opens a listener. `setting` is the flag that sets the address (`"--posts-addr"`), for the message when it fails.
///
/// # Errors
/// [`BindError`], which says what to do.
#[allow(clippy::unused_async, reason = "the socket needs the runtime, which an async fn is sure to be in")]
pub async fn bind(address: SocketAddr, setting: &str) -> Result<TcpListener, BindError> {
    let open = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // Without it a restart would wait for the last connections' TIME_WAIT. On Windows it means something else.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        // Connections have it from their listener. What cannot be set is as the system has it.
        drop(socket.set_send_buffer_size(SEND_BUFFER));
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    open().map_err(|source| BindError { address, setting: setting.trim_start_matches('-').to_owned(), source })
}

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub struct BindError {
    address: SocketAddr,
    setting: String,
    #[source]
    source: io::Error,
}

impl BindError {
    /// Whether another program has the port.
    pub fn is_taken(&self) -> bool {
        self.source.kind() == io::ErrorKind::AddrInUse
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flag = &self.setting;
        let variable = format!("FOLKMOOT_{}", flag.to_ascii_uppercase().replace('-', "_"));
        let port = self.address.port();
        match self.source.kind() {
            io::ErrorKind::AddrInUse => {
                write!(f, "port {port} is taken: stop the other program or set --{flag} / {variable}")
            }
            io::ErrorKind::PermissionDenied => write!(
                f,
                "port {port} may not be used by this account: set --{flag} / {variable} to a port from 1024 on"
            ),
            io::ErrorKind::AddrNotAvailable => {
                write!(f, "{} is no address of this machine: set --{flag} / {variable}", self.address.ip())
            }
            _ => write!(f, "cannot listen on {} ({}): set --{flag} / {variable}", self.address, self.source),
        }
    }
}
