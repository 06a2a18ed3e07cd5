//! Which crate may know which: the table below, and there are no other arrows. What one service knows of another it
//! knows from events; so no service names another, not even in its tests.
//!
//! Manifests are held to two more rules, because a crate that forgets one of them forgets it silently: dependencies take
//! their version from the workspace, and so do lints.

use toml::{Table, Value};

use super::{Finding, tree::Tree};

const SERVICES: &[&str] = &["posts", "comments", "query", "moderation", "event-bus"];

/// The crates that a crate may name, as a dependency of any kind; `None` for a crate that has no row here.
fn allowed(name: &str) -> Option<Vec<&'static str>> {
    Some(match name {
        "contract" | "xtask" => vec![],
        "chassis" => vec!["contract"],
        service if SERVICES.contains(&service) => vec!["chassis", "contract"],
        "folkmoot" => [&["chassis", "contract"], SERVICES].concat(),
        "e2e" => [&["chassis", "contract", "folkmoot"], SERVICES].concat(),
        _ => return None,
    })
}

/// Holds every manifest against the table.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut crates = Vec::new();
    let mut workspace = Table::new();
    for (path, text) in tree.manifests() {
        match text.parse::<Table>() {
            Ok(manifest) => {
                if let Some(Value::Table(shared)) =
                    manifest.get("workspace").and_then(|found| found.get("dependencies"))
                {
                    workspace.clone_from(shared);
                }
                if let Some(name) = manifest.get("package").and_then(|package| package.get("name")?.as_str()) {
                    crates.push((path, name.to_owned(), manifest));
                }
            }
            Err(error) => findings.push(Finding::in_file(path, format!("is no manifest: {}", error.message()))),
        }
    }
    let members: Vec<&str> = crates.iter().map(|(_, name, _)| &**name).collect();
    for (path, name, manifest) in &crates {
        let Some(allowed) = allowed(name) else {
            let says = format!("crate `{name}` has no row in xtask/src/tidy/arrows.rs: say there what it may know");
            findings.push(Finding::in_file(path, says));
            continue;
        };
        for (kind, key, value) in dependencies(manifest) {
            let target = real_name(&workspace, key, value);
            if members.contains(&target) && !allowed.contains(&target) {
                findings.push(Finding::in_file(path, format!("`{name}` must not know `{target}` ({kind})")));
            }
            if value.get("workspace").and_then(Value::as_bool) != Some(true) {
                findings.push(Finding::in_file(path, format!("`{key}` takes its version from the workspace ({kind})")));
            }
        }
        let lints = manifest.get("lints").and_then(|lints| lints.get("workspace")?.as_bool());
        if lints != Some(true) {
            findings.push(Finding::in_file(path, "takes the workspace's lints: [lints] workspace = true"));
        }
    }
    findings
}

/// All dependencies of a manifest, those of single platforms too: kind, key and value.
fn dependencies(manifest: &Table) -> impl Iterator<Item = (&'static str, &str, &Value)> {
    let platforms = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let tables = std::iter::once(manifest).chain(platforms.filter_map(Value::as_table));
    tables.flat_map(|table| {
        ["dependencies", "dev-dependencies", "build-dependencies"].into_iter().flat_map(move |kind| {
            let found = table.get(kind).and_then(Value::as_table);
            found.into_iter().flatten().map(move |(key, value)| (kind, &**key, value))
        })
    })
}

/// The crate behind a key: a dependency may be renamed, here or in the workspace.
fn real_name<'a>(workspace: &'a Table, key: &'a str, value: &'a Value) -> &'a str {
    let renamed = |value: &'a Value| value.get("package").and_then(Value::as_str);
    renamed(value).or_else(|| workspace.get(key).and_then(renamed)).unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(name: &str, rest: &str) -> String {
        format!("[package]\nname = \"{name}\"\n[lints]\nworkspace = true\n{rest}")
    }

    fn findings(crates: &[(&str, &str)]) -> Vec<String> {
        let mut files: Vec<(String, String)> =
            crates.iter().map(|(name, rest)| (format!("{name}/Cargo.toml"), manifest(name, rest))).collect();
        let shared = "[workspace.dependencies]\nposts = { path = \"posts\" }\nletters = { path = \"posts\", package = \"posts\" }\n";
        files.push(("Cargo.toml".to_owned(), shared.to_owned()));
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
        check(&Tree::made_up(&files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_arrows_of_the_table_pass() {
        let found = findings(&[
            ("contract", ""),
            ("chassis", "[dependencies]\ncontract.workspace = true\n"),
            (
                "posts",
                "[dependencies]\nchassis.workspace = true\n[dev-dependencies]\nchassis = { workspace = true, features = [\"doubles\"] }\n",
            ),
            ("folkmoot", "[dependencies]\nposts.workspace = true\n"),
            ("e2e", "[dev-dependencies]\nfolkmoot.workspace = true\n"),
        ]);
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn no_service_knows_another_in_whatever_way_it_is_written() {
        let ways = [
            "[dependencies]\nposts.workspace = true",
            "[dev-dependencies]\nposts.workspace = true",
            "[build-dependencies]\nposts = { workspace = true, optional = true }",
            "[dependencies]\nletters.workspace = true",
            "[target.'cfg(unix)'.dependencies]\nposts.workspace = true",
        ];
        for way in ways {
            let found = findings(&[("posts", ""), ("comments", way)]);
            assert!(found.len() == 1 && found[0].contains("`comments` must not know `posts`"), "{way}: {found:?}");
        }
    }

    #[test]
    fn arrows_do_not_turn_back() {
        for (from, to) in [("contract", "chassis"), ("chassis", "posts"), ("xtask", "contract"), ("posts", "folkmoot")]
        {
            let found = findings(&[(to, ""), (from, &format!("[dependencies]\n{to}.workspace = true\n"))]);
            assert!(
                found.iter().any(|says| says.contains(&format!("`{from}` must not know `{to}`"))),
                "{from} -> {to}"
            );
        }
    }

    #[test]
    fn a_new_crate_must_say_what_it_knows() {
        assert!(findings(&[("letters", "")])[0].contains("has no row"));
    }

    #[test]
    fn versions_and_lints_are_the_workspaces() {
        assert!(
            findings(&[("posts", "[dependencies]\nserde = \"1\"\n")])[0]
                .contains("takes its version from the workspace")
        );
        let tree = Tree::made_up(&[("posts/Cargo.toml", "[package]\nname = \"posts\"\n")]);
        assert!(check(&tree)[0].says.contains("lints"));
    }
}
