//! What every OpenAPI document says alike: the answers that belong to a kind of call and not to one call, and what a problem
//! looks like. Handlers describe what is theirs; the rest is added here, so that no call forgets one.

use utoipa::openapi::content::Content;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{Components, OpenApi, Ref, RefOr, ResponseBuilder, Schema};

use crate::problem::PROBLEM_JSON;

/// The name of the schema of problems.
const PROBLEM: &str = "Problem";

/// The document as JSON, with what all calls may answer.
pub fn document(mut document: OpenApi) -> String {
    for item in document.paths.paths.values_mut() {
        let reads = [&mut item.get, &mut item.head].into_iter().flatten().map(|operation| (operation, false));
        let writes = [&mut item.put, &mut item.post, &mut item.delete, &mut item.patch].into_iter().flatten();
        let writes = writes.map(|operation| (operation, true));
        for (operation, changes) in reads.chain(writes) {
            complete(operation, changes);
        }
    }
    let components = document.components.get_or_insert_with(Components::default);
    components.schemas.insert(PROBLEM.to_owned(), RefOr::T(problem()));
    document.to_pretty_json().unwrap_or_default()
}

fn complete(operation: &mut Operation, changes: bool) {
    let places: Vec<ParameterIn> = operation.parameters.iter().flatten().filter_map(place).collect();
    let mut may = vec![
        ("400", "The request cannot be read"),
        ("431", "Too many or too large header fields"),
        ("503", "Not now; try again after `Retry-After`"),
    ];
    if places.contains(&ParameterIn::Path) {
        may.push(("404", "Not there"));
    }
    if operation.request_body.is_some() {
        may.extend([
            ("408", "The body took too long to arrive"),
            ("413", "The body is too large"),
            ("415", "The body is of a type that is not read here"),
        ]);
    }
    if operation.request_body.is_some() || places.contains(&ParameterIn::Query) {
        may.push(("422", "Not valid; `errors` names what"));
    }
    if changes {
        may.extend([
            ("429", "Too many requests; try again after `Retry-After`"),
            ("507", "There is no room to keep it"),
        ]);
    }
    let responses = &mut operation.responses.responses;
    for (status, description) in may {
        responses
            .entry(status.to_owned())
            .or_insert_with(|| ResponseBuilder::new().description(description).build().into());
    }
    for (status, response) in responses {
        if let (true, RefOr::T(response)) = (status.starts_with(['4', '5']), response) {
            response.content.clear();
            response
                .content
                .insert(PROBLEM_JSON.to_owned(), RefOr::T(Content::new(Some(Ref::from_schema_name(PROBLEM)))));
        }
    }
}

fn place(parameter: &RefOr<Parameter>) -> Option<ParameterIn> {
    match parameter {
        RefOr::T(parameter) => Some(parameter.parameter_in.clone()),
        RefOr::Ref(_) => None,
    }
}

/// RFC 9457, with `errors` where fields are wrong.
fn problem() -> Schema {
    let text = |description: &str| ObjectBuilder::new().schema_type(Type::String).description(Some(description));
    let flaw = ObjectBuilder::new()
        .property("pointer", text("Where: a JSON Pointer into the body, or `?name` of a parameter"))
        .required("pointer")
        .property("detail", text("What is wrong"))
        .required("detail");
    ObjectBuilder::new()
        .description(Some("What went wrong (RFC 9457)"))
        .property("type", text("What kind of problem it is: `/problems/...`"))
        .required("type")
        .property("title", text("Its short name"))
        .required("title")
        .property(
            "status",
            ObjectBuilder::new().schema_type(Type::Integer).description(Some("The status of the answer")),
        )
        .required("status")
        .property("detail", text("What happened, and what to do"))
        .property("errors", ArrayBuilder::new().items(flaw))
        .into()
}
