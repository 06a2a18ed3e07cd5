//! What the Dockerfile says, as far as it matters outside of it: its bases and its stages.
//!
//! The tests here hold it against what must agree with it: the images' names, `docker-bake.hcl`, the workspace's members,
//! the pinned toolchain and `.dockerignore`. A new crate, say, that the Dockerfile does not know would break every image,
//! and nobody would see it before the next one is built.

/// One `FROM`.
#[derive(Debug, PartialEq, Eq)]
pub struct Stage {
    /// What it begins with: an image, an earlier stage, or `scratch`.
    pub from: String,
    /// Its name.
    pub name: String,
}

/// A Dockerfile, instruction by instruction.
pub struct Dockerfile(Vec<Vec<String>>);

impl Dockerfile {
    /// Takes the text apart: comments go, and lines that end in a backslash are joined.
    pub fn read(text: &str) -> Self {
        let lines: String =
            text.lines().filter(|line| !line.trim_start().starts_with('#')).fold(String::new(), |joined, line| {
                match line.strip_suffix('\\') {
                    Some(open) => joined + open,
                    None => joined + line + "\n",
                }
            });
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect();
        Self(lines.lines().map(words).filter(|words: &Vec<String>| !words.is_empty()).collect())
    }

    /// The words behind each instruction of this name.
    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [String]> {
        self.0.iter().filter(move |words| words[0] == name).map(|words| &words[1..])
    }

    /// The value of an `ARG` that it begins with.
    pub fn setting(&self, name: &str) -> Option<&str> {
        let first = self.0.iter().take_while(|words| words[0] != "FROM").filter(|words| words[0] == "ARG");
        let mut values = first.filter_map(|words| words.get(1)?.split_once('='));
        values.find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    /// What it takes from the repository: each file or folder, without a slash at its end, and where that goes.
    pub fn copies(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.all("COPY").filter(|words| words.iter().all(|word| !word.starts_with("--")));
        own.filter_map(<[String]>::split_last)
            .flat_map(|(to, from)| from.iter().map(move |from| (from.trim_end_matches('/'), &**to)))
    }

    /// Its stages, in order. A setting in a `FROM` is replaced by its value.
    pub fn stages(&self) -> Vec<Stage> {
        let stage = |words: &[String]| {
            let from = words.first()?;
            let setting = from.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
            let from = setting.map_or(Some(&**from), |name| self.setting(name))?;
            Some(Stage { from: from.to_owned(), name: words.get(2)?.clone() })
        };
        self.all("FROM").filter_map(stage).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::fs;

    use clap::ValueEnum;

    use crate::images::Image;

    use super::*;

    /// Members of the workspace that no image is made of: only their manifests are needed.
    const IN_NO_IMAGE: &[&str] = &["e2e", "xtask"];

    fn text(path: &str) -> String {
        fs::read_to_string(crate::root().join(path)).unwrap()
    }

    fn ours() -> Dockerfile {
        Dockerfile::read(&text("Dockerfile"))
    }

    fn names() -> Vec<&'static str> {
        Image::value_variants().iter().map(|image| image.name()).collect()
    }

    fn members() -> Vec<String> {
        let manifest: toml::Table = text("Cargo.toml").parse().unwrap();
        let members = manifest["workspace"]["members"].as_array().unwrap();
        members.iter().map(|member| member.as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn instructions_may_go_over_several_lines() {
        let read =
            Dockerfile::read("# FROM x\nARG A=b:1\nFROM ${A} AS c\nRUN one; \\\n# not this\n    two\nFROM c AS d\n");
        let stage = |from: &str, name: &str| Stage { from: from.to_owned(), name: name.to_owned() };
        assert_eq!(read.stages(), [stage("b:1", "c"), stage("c", "d")]);
        assert_eq!(read.all("RUN").collect::<Vec<_>>(), [["one;", "two"]]);
        assert_eq!((read.setting("A"), read.setting("B")), (Some("b:1"), None));
    }

    #[test]
    fn every_image_is_a_target_and_bake_builds_each() {
        let stages = ours().stages();
        let stands: Vec<_> = stages.iter().filter(|stage| names().contains(&&*stage.name)).collect();
        assert_eq!(stands.len(), names().len(), "{stands:?}");
        for stage in stands {
            assert!(["service", "scratch"].contains(&&*stage.from), "{} holds more than it needs", stage.name);
        }
        let all: Vec<_> = names().iter().map(|name| format!("{name:?}")).collect();
        let list = format!("[{}]", all.join(", "));
        assert_eq!(text("docker-bake.hcl").matches(&list).count(), 2, "the group and the matrix are {list}");
    }

    #[test]
    fn every_base_is_an_exact_tag_of_one_debian() {
        let stages = ours().stages();
        assert_eq!(stages.len(), ours().all("FROM").count(), "each stage has a name and a base that is known");
        for (at, stage) in stages.iter().enumerate() {
            if stage.from == "scratch" || stages[..at].iter().any(|earlier| earlier.name == stage.from) {
                continue;
            }
            let (_, tag) = stage.from.rsplit_once(':').unwrap_or_default();
            let exact = tag.contains(['-', '.']) && tag.contains(|c: char| c.is_ascii_digit());
            assert!(exact && tag.contains("bookworm"), "{stage:?}");
        }
    }

    #[test]
    fn the_rust_is_the_one_that_the_code_is_tested_with() {
        let toolchain: toml::Table = text("rust-toolchain.toml").parse().unwrap();
        let channel = toolchain["toolchain"]["channel"].as_str().unwrap();
        let image = ours().setting("RUST_IMAGE").unwrap().to_owned();
        assert!(image.contains(&format!("rust:{channel}-")), "{image} is not {channel}");
    }

    #[test]
    fn every_member_of_the_workspace_is_known() {
        let dockerfile = ours();
        let copies: Vec<_> = dockerfile.copies().collect();
        for member in members() {
            let (manifest, folder) = (format!("{member}/Cargo.toml"), format!("{member}/"));
            assert!(copies.contains(&(&*manifest, &*folder)), "the Dockerfile does not copy the manifest of {member}");
            let of_no_image = IN_NO_IMAGE.contains(&&*member);
            assert_eq!(copies.contains(&(&*member, &*folder)), !of_no_image, "the sources of {member}");
        }
    }

    #[test]
    fn what_is_copied_is_let_in_and_nothing_else_is() {
        let ignored = text(".dockerignore");
        let rules: Vec<_> = ignored.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        assert_eq!(rules.first(), Some(&"*"), "everything is left out but what is named");
        let let_in: Vec<_> = rules.iter().filter_map(|rule| rule.strip_prefix('!')).collect();
        let covers =
            |rule: &str, path: &str| path == rule || path.strip_prefix(rule).is_some_and(|rest| rest.starts_with('/'));
        let dockerfile = ours();
        for (from, _) in dockerfile.copies() {
            assert!(let_in.iter().any(|rule| covers(rule, from)), "{from} is copied and not let in");
            assert!(crate::root().join(from).exists(), "{from} is copied and not there");
        }
        for rule in let_in {
            assert!(dockerfile.copies().any(|(from, _)| covers(rule, from)), "{rule} is let in and not copied");
        }
    }

    #[test]
    fn a_service_is_told_to_listen_where_its_image_says() {
        let dockerfile = ours();
        let variables: Vec<_> = dockerfile.all("ENV").flatten().filter_map(|set| set.split_once('=')).collect();
        let ports: Vec<_> = dockerfile.all("EXPOSE").flatten().collect();
        let configs = ["chassis/src/config/args.rs".to_owned()].into_iter();
        let configs = configs.chain(names().into_iter().map(|name| format!("{name}/src/config.rs")));
        let known: String = configs.filter(|path| !path.starts_with("client/")).map(|path| text(&path)).collect();
        let mut listening = 1; // The front door: nginx has a file for it.
        for (name, value) in variables.iter().filter(|(name, _)| name.starts_with("FOLKMOOT_")) {
            assert!(known.contains(&format!("env = {name:?}")), "{name} is no setting");
            if let Some(port) = value.strip_prefix("0.0.0.0:") {
                assert!(ports.iter().any(|exposed| *exposed == port), "{port} is not exposed");
                listening += 1;
            }
        }
        assert_eq!(listening, names().len(), "each image has a port");
    }
}
