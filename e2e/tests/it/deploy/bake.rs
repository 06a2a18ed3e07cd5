//! The bake file builds every image that is run anywhere, by the Dockerfile's own targets. A parser of its language reads it.

use std::collections::BTreeSet;
use std::path::Path;

use e2e::cluster::{self, image, list_at, workload};
use serde_json::Value;

const SCRIPT: &str = "import hcl2, json, sys; print(json.dumps(hcl2.load(open(sys.argv[1]))))";

#[expect(clippy::disallowed_methods, reason = "`cargo xtask test` says which Python has the parser")]
fn parsed() -> Value {
    let python = std::env::var("FOLKMOOT_INTEROP_PYTHON")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../target/interop-venv/bin/python").to_owned());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docker-bake.hcl");
    let output = std::process::Command::new(python).args(["-c", SCRIPT]).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The texts of a list; the parser leaves their quotes.
fn texts(value: &Value, pointer: &str) -> BTreeSet<String> {
    list_at(value, pointer).iter().map(|text| text.as_str().unwrap().trim_matches('"').to_owned()).collect()
}

#[test]
fn every_image_is_a_target_of_the_dockerfile_and_every_one_that_is_run_is_built() {
    let bake = parsed();
    let (group, target) = (&bake["group"][0]["\"default\""], &bake["target"][0]["\"image\""]);
    let built = texts(group, "/targets");
    assert_eq!(texts(target, "/matrix/image"), built);
    assert_eq!((&target["name"], &target["target"]), (&"image".into(), &"image".into()));
    assert_eq!(texts(target, "/tags"), BTreeSet::from(["${REGISTRY}/${image}:${TAG}".to_owned()]));
    for name in &built {
        assert!(!image::read(name).entrypoint.is_empty(), "{name}");
    }
    for (variable, default) in [("REGISTRY", "folkmoot"), ("TAG", "dev")] {
        let named = format!("\"{variable}\"");
        let found = list_at(&bake, "/variable").iter().find_map(|one| one.get(&named));
        assert_eq!(found.unwrap()["default"], format!("\"{default}\""), "{variable}");
    }
    for workload in workload::all(&cluster::objects("kind")) {
        assert!(built.contains(workload.image.strip_prefix("folkmoot/").unwrap()), "{workload:?}");
    }
}
