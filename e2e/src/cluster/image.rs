//! What an image brings of its own: the command that it starts and the variables that it sets, as its stage in the
//! Dockerfile says.

use std::collections::BTreeMap;
use std::path::Path;

/// One target of the Dockerfile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    /// The program and what always stands after it.
    pub entrypoint: Vec<String>,
    /// Variables.
    pub environment: BTreeMap<String, String>,
    /// The signal that ends it in order, as `kill` takes it.
    pub stop_signal: String,
}

/// The image of this name (without `folkmoot/`).
///
/// # Panics
/// If the Dockerfile has no such stage.
#[expect(clippy::expect_used, reason = "a story without its image fails")]
pub fn read(name: &str) -> Image {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Dockerfile");
    let text = std::fs::read_to_string(file).expect("the Dockerfile").replace("\\\n", " ");
    let mut stages: BTreeMap<String, Image> = BTreeMap::new();
    let mut current = String::new();
    for line in text.lines() {
        let (instruction, rest) = line.trim().split_once(' ').unwrap_or_default();
        if instruction == "FROM" {
            let mut words = rest.split_whitespace();
            let base = words.next().and_then(|base| stages.get(base)).cloned().unwrap_or_default();
            words.nth(1).unwrap_or_default().clone_into(&mut current);
            stages.insert(current.clone(), base);
        }
        let Some(image) = stages.get_mut(&current) else { continue };
        match instruction {
            "ENV" => image.environment.extend(rest.split_whitespace().filter_map(|pair| {
                pair.split_once('=').map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned()))
            })),
            "ENTRYPOINT" => image.entrypoint = serde_json::from_str(rest).expect("an entrypoint in JSON"),
            "STOPSIGNAL" => rest.trim_start_matches("SIG").clone_into(&mut image.stop_signal),
            _ => {}
        }
    }
    let image = stages.remove(name).filter(|image| !image.entrypoint.is_empty());
    image.expect("a stage of that name, with an entrypoint")
}
