//! `cargo xtask images`: which of the programs that build images is asked, and what is said where there is none.

use crate::machine::{Machine, row};

/// A Docker whose engine answers, with bake.
const DOCKER: &str = "exit 0";
/// The same without bake.
const WITHOUT_BAKE: &str = r#"[ "$1" != buildx ]"#;
/// A Docker whose engine does not answer.
const WITHOUT_ENGINE: &str = r#"[ "$1" = --version ]"#;

#[test]
fn the_best_that_is_there_builds_all_images() {
    for (name, programs, says) in [
        (
            "bake",
            &[("docker", DOCKER), ("podman", "")][..],
            "docker buildx bake --file docker-bake.hcl --load event-bus posts",
        ),
        ("docker", &[("docker", WITHOUT_BAKE), ("podman", "")], "docker build --file Dockerfile --target query --tag"),
        ("podman", &[("podman", ""), ("buildah", "")], "podman build --file Dockerfile --target query --layers"),
        ("buildah", &[("buildah", "")], "buildah build --file Dockerfile --target query --layers"),
        ("asleep", &[("docker", WITHOUT_ENGINE), ("buildah", "")], "buildah build --file Dockerfile --target query"),
    ] {
        let machine = programs
            .iter()
            .fold(Machine::new(&format!("images-{name}")), |machine, (name, script)| machine.with(name, script));
        let (success, printed) = machine.xtask(&["images"], "");
        assert!(success, "{printed}");
        assert!(printed.contains(says), "{name}: {printed}");
        for image in ["event-bus", "posts", "comments", "query", "moderation", "folkmoot", "client"] {
            assert!(printed.contains(&format!("\n  folkmoot/{image}:dev\n")), "{name}: {printed}");
        }
    }
}

#[test]
fn some_images_are_built_under_a_tag_of_ones_own() {
    let machine = Machine::new("images-some").with("podman", "");
    let (success, printed) = machine.xtask(&["images", "--tag", "1.2", "posts", "client"], "");
    assert!(success, "{printed}");
    assert!(printed.contains("--target client --layers --tag folkmoot/client:1.2 "), "{printed}");
    assert!(printed.ends_with("Built:\n  folkmoot/posts:1.2\n  folkmoot/client:1.2\n"), "{printed}");

    let (success, printed) = machine.xtask(&["images", "users"], "");
    assert!(!success && printed.contains("event-bus, posts, comments, query"), "{printed}");
}

#[test]
fn an_image_that_cannot_be_built_stops_it() {
    let machine = Machine::new("images-broken").with("buildah", r#"[ "$1" = --version ] || [ "$5" = event-bus ]"#);
    let (success, printed) = machine.xtask(&["images"], "");
    assert!(!success, "{printed}");
    assert!(printed.contains("-- images event-bus passed") && printed.contains("-- images posts FAILED"), "{printed}");
    assert!(!printed.contains("--target comments") && !printed.contains("Built:"), "{printed}");
}

#[test]
fn without_anything_that_builds_images_it_says_what_to_install_or_start() {
    let (success, printed) = Machine::new("images-none").xtask(&["images"], "");
    assert!(!success && printed.contains("nothing here builds images; install Docker"), "{printed}");
    assert!(printed.contains("apt-get install buildah"), "{printed}");

    let machine = Machine::new("images-engine").with("docker", WITHOUT_ENGINE);
    let (success, printed) = machine.xtask(&["images"], "");
    assert!(!success && printed.contains("its engine does not answer; start it"), "{printed}");
}

#[test]
fn without_buildah_the_check_is_left_out_by_name() {
    let machine = Machine::new("images-check");
    let (success, printed) = machine.xtask(&["test", "--only", "images"], "false");
    assert!(success, "{printed}");
    let told = row(&printed, "images");
    assert!(told.contains("skipped") && told.contains("apt-get install buildah mmdebstrap"), "{told}");

    // On CI, and for whoever asked for it by name.
    for (args, ci) in [(&["test", "--only", "images"][..], "true"), (&["images", "--check"], "false")] {
        let (success, printed) = machine.xtask(args, ci);
        assert!(!success, "{printed}");
        assert!(row(&printed, "images").contains("FAILED"), "{printed}");
    }
}

#[test]
fn whoever_may_not_enter_images_is_told_so() {
    let machine = Machine::new("images-user").with("buildah", "").with("mmdebstrap", "").with("id", "echo 1000");
    let (success, printed) = machine.xtask(&["test", "--only", "images"], "false");
    assert!(success, "{printed}");
    let told = row(&printed, "images");
    assert!(told.contains("skipped") && told.contains("as root only"), "{told}");
}

#[test]
fn fast_leaves_out_the_images() {
    let (_, printed) = Machine::new("images-fast").xtask(&["test", "--only", "images", "--fast"], "true");
    assert!(row(&printed, "images").contains("left out by --fast"), "{printed}");
}
