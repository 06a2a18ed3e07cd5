//! Puts the browser client into the binary, if it was built: `client/dist` becomes a table of files.
//!
//! Without `client/dist` the table is empty, and the board runs with its plain page. The files are copied first, so that
//! a build of the client that runs at the same time cannot take one away between the listing and the compiler's reading.
//! Beside `x.js` may lie `x.js.br` and `x.js.gz`: the same, compressed when the client was built.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

fn main() -> io::Result<()> {
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client");
    let dist = client.join("dist");
    // Cargo takes a path that is missing for one that changes all the time: then the folder where it would appear.
    println!("cargo::rerun-if-changed={}", if dist.is_dir() { &dist } else { &client }.display());
    println!("cargo::rerun-if-changed=build.rs");

    #[expect(clippy::disallowed_methods, reason = "it is how cargo tells a build script where to write")]
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?);
    let copies = out.join("client");
    if copies.exists() {
        fs::remove_dir_all(&copies)?;
    }
    fs::create_dir_all(&copies)?;
    let mut files = Vec::new();
    if dist.join("index.html").is_file() {
        collect(&dist, "", &mut files)?;
    }
    files.sort();
    let mut number = 0_usize;
    let mut copy = |path: &str| {
        number += 1;
        let named = format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/client/{number}\"))");
        fs::copy(dist.join(path), copies.join(number.to_string())).map(|_| named)
    };
    let mut table = String::from("&[\n");
    for path in files.iter().filter(|path| !is_compressed(path, &files)) {
        let plain = copy(path)?;
        let mut packed = |end: &str| {
            let beside = format!("{path}.{end}");
            if files.contains(&beside) {
                Ok(format!("Some({})", copy(&beside)?))
            } else {
                io::Result::Ok("None".into())
            }
        };
        let (brotli, gzip) = (packed("br")?, packed("gz")?);
        writeln!(table, "File {{ path: {path:?}, plain: {plain}, brotli: {brotli}, gzip: {gzip} }},")
            .map_err(io::Error::other)?;
    }
    table.push_str("]\n");
    fs::write(out.join("client.rs"), table)
}

/// The files under a folder as paths from the first one, with slashes. What starts with a dot is for tools.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// Whether this is another file of the table, compressed.
fn is_compressed(path: &str, files: &[String]) -> bool {
    [".br", ".gz"].iter().filter_map(|end| path.strip_suffix(end)).any(|plain| files.iter().any(|file| file == plain))
}
