//! The front door: one address for a browser, `/` for the page, `/api/v1/` for the services.
//!
//! Reads of posts, threads and live updates go to query; writes go to the service that owns what is written. Whose a
//! request is, is one pure function, [`target`]; the services' own filters then answer as they do on their own ports.

use chassis::labels::Labels;
use chassis::ops::{self, Readiness};
use chassis::route::{self, Routes};
use chassis::serve::Lifetime;
use chassis::service::Service;
use http::Method;
use warp::Filter;
use warp::path::Peek;

use crate::client::Client;
use crate::page;

/// The paths of the browser client, for metrics: its pages and its files.
const PAGES: [&str; 6] = ["/new", "/p/{id}", "/moderation", "/bus", "/assets/{file}", "/{file}"];

/// Every service behind the door.
#[derive(Debug, Clone)]
pub struct Services {
    /// The event bus.
    pub bus: Service,
    /// Posts.
    pub posts: Service,
    /// Comments.
    pub comments: Service,
    /// The read model.
    pub query: Service,
    /// Moderation.
    pub moderation: Service,
    /// What the door itself waits for.
    pub ready: Readiness,
    /// When it ends.
    pub lifetime: Lifetime,
}

/// Whose a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Posts.
    Posts,
    /// Comments.
    Comments,
    /// Query.
    Query,
}

/// Whose a request under `/api/v1/` is, by its method and path, if it is about posts and comments. What stands under a
/// service's own name (`moderation/`, `bus/`, `{service}/docs`) is mounted there and needs no decision.
pub fn target(method: &Method, path: &str) -> Option<Target> {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    match (segments.next()?, segments.next(), segments.next()) {
        // What a client reads back of one post's comments right after writing is in query too.
        ("posts" | "live" | "digest", _, _) if reads => Some(Target::Query),
        // It shows what a text would look like to a reader, and writes nothing.
        ("preview", None, None) => Some(Target::Query),
        ("posts" | "post", Some(_), Some("comments")) | ("comments", ..) => Some(Target::Comments),
        ("posts", _, None) => Some(Target::Posts),
        _ => None,
    }
}

/// The routes' names in metrics.
pub fn labels(services: &Services) -> Labels {
    let at = |labels: Labels, prefix: &str, service: &Service| labels.and_document(prefix, &service.openapi);
    let labels = at(Labels::default(), "/api/v1", &services.posts);
    let labels = at(labels, "/api/v1", &services.comments);
    let labels = at(labels, "/api/v1", &services.query);
    let labels = at(labels, "/api/v1/bus", &services.bus);
    let labels = at(labels, "/api/v1/moderation", &services.moderation);
    let docs = ["bus", "posts", "comments", "query", "moderation"]
        .map(|name| ["openapi.json", "docs", "docs/{file}"].map(|document| format!("/api/v1/{name}/{document}")));
    labels.and(docs.as_flattened().iter().map(String::as_str)).and(PAGES)
}

/// Everything on the front door's port: with the browser client, or else with the plain page.
pub fn routes(services: &Services, client: Option<&Client>) -> Routes {
    let api = warp::path("api").and(warp::path("v1"));
    let named = [
        ("bus", &services.bus),
        ("posts", &services.posts),
        ("comments", &services.comments),
        ("query", &services.query),
        ("moderation", &services.moderation),
    ];
    let docs = named
        .into_iter()
        .map(|(name, service)| api.and(warp::path(name)).and(service.docs()).boxed())
        .reduce(|all, one| all.or(one).unify().boxed());
    let owned = api
        .and(to(Target::Query))
        .and(services.query.routes.clone())
        .or(api.and(to(Target::Posts)).and(services.posts.routes.clone()))
        .unify()
        .or(api.and(to(Target::Comments)).and(services.comments.routes.clone()))
        .unify();
    let mounted = api
        .and(warp::path("moderation"))
        .and(no_push())
        .and(services.moderation.routes.clone())
        .or(api.and(warp::path("bus")).and(services.bus.routes.clone()))
        .unify();
    let operations = ops::routes(&services.ready, &services.lifetime);
    let pages = client.map_or_else(page::routes, Client::routes);
    let all = owned.or(mounted).unify().or(operations).unify().or(pages).unify().boxed();
    let all = match docs {
        Some(docs) => docs.or(all).unify().boxed(),
        None => all,
    };
    let all = route::finish(all);
    client.map_or(all.clone(), |client| client.around(all))
}

/// Passes what is `wanted`'s; anything else is not its route.
fn to(wanted: Target) -> impl Filter<Extract = (), Error = warp::Rejection> + Clone + Send + Sync + 'static {
    let decide = move |method: Method, rest: Peek| {
        let mine = target(&method, rest.as_str()) == Some(wanted);
        std::future::ready(if mine { Ok(()) } else { Err(warp::reject()) })
    };
    #[expect(clippy::disallowed_methods, reason = "it decides whose route it is, which is what a rejection means")]
    warp::method().and(warp::path::peek()).and_then(decide).untuple_one()
}

/// Pushes come from the bus, to the service's own port: here there is no such path.
fn no_push() -> impl Filter<Extract = (), Error = warp::Rejection> + Clone + Send + Sync + 'static {
    let decide = |rest: Peek| {
        let pushed = rest.as_str().trim_end_matches('/') == "events";
        std::future::ready(if pushed { Err(warp::reject()) } else { Ok(()) })
    };
    #[expect(clippy::disallowed_methods, reason = "it decides whose route it is, which is what a rejection means")]
    warp::path::peek().and_then(decide).untuple_one()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_has_one_owner() {
        for (method, path, expected) in [
            (Method::GET, "posts", Some(Target::Query)),
            (Method::HEAD, "posts/1", Some(Target::Query)),
            (Method::GET, "posts/1/comments", Some(Target::Query)),
            (Method::GET, "live", Some(Target::Query)),
            (Method::POST, "posts", Some(Target::Posts)),
            (Method::POST, "posts/", Some(Target::Posts)),
            (Method::POST, "posts/create", Some(Target::Posts)),
            (Method::PATCH, "posts/1", Some(Target::Posts)),
            (Method::DELETE, "posts/1", Some(Target::Posts)),
            (Method::OPTIONS, "posts", Some(Target::Posts)),
            (Method::POST, "posts/1/comments", Some(Target::Comments)),
            (Method::POST, "post/1/comments", Some(Target::Comments)),
            (Method::PATCH, "comments/1", Some(Target::Comments)),
            (Method::POST, "comments/1/reports", Some(Target::Comments)),
            (Method::GET, "comments/1", Some(Target::Comments)),
            (Method::POST, "preview", Some(Target::Query)),
            (Method::POST, "preview/", Some(Target::Query)),
            (Method::POST, "preview/x", None),
            (Method::GET, "preview", Some(Target::Query)),
            (Method::POST, "live", None),
            (Method::GET, "events", None),
            (Method::GET, "", None),
        ] {
            assert_eq!(target(&method, path), expected, "{method} {path}");
        }
    }
}
