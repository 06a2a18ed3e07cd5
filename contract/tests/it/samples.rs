//! One full event of every type, and a bare one where fields may be absent.

use contract::{
    CommentCreated, CommentDeleted, CommentId, CommentModerated, CommentReported, CommentUpdated, DecidedBy, DeletedBy,
    DeliveryGivenUp, Envelope, Event, EventId, PostCreated, PostDeleted, PostId, PostModerated, PostUpdated, Revision,
    Role, Sequence, SessionsRevoked, SigningKeyPublished, SigningKeyRetired, Status, Texts, Timestamp, UserErased,
    UserId, UserRegistered, UserReinstated, UserSuspended, UserUpdated,
};

pub fn post() -> PostId {
    "01890000-0000-7000-8000-000000000001".parse().unwrap()
}

pub fn comment() -> CommentId {
    "01890000-0000-7000-8000-000000000002".parse().unwrap()
}

pub fn user() -> UserId {
    "01890000-0000-7000-8000-000000000003".parse().unwrap()
}

pub fn time() -> Timestamp {
    "2026-01-31T12:00:00.123Z".parse().unwrap()
}

pub fn revision(number: u32) -> Revision {
    Revision::new(number).unwrap()
}

pub fn event_id(last: u8) -> EventId {
    EventId::parse(&format!("01890000-0000-7000-8000-0000000000{last:02x}")).unwrap()
}

/// This event as a service sends it, with all that is not its own pinned.
pub fn envelope(source: &str, event: &Event) -> Envelope {
    let mut envelope = Envelope::say(source, event, event_id(0xee), None, None);
    envelope.time = Some(time());
    envelope
}

fn comment_created() -> CommentCreated {
    CommentCreated {
        id: comment(),
        revision: Revision::FIRST,
        post_id: post(),
        parent_id: Some("01890000-0000-7000-8000-000000000004".parse().unwrap()),
        content: "First!\n\"Really\" \u{1f34a}".into(),
        status: Status::Pending,
        author_id: Some(user()),
        author_name: None,
        owner_key: None,
        created_at: time(),
    }
}

fn post_created() -> PostCreated {
    PostCreated {
        id: post(),
        revision: Revision::FIRST,
        title: "A title".into(),
        content: Some("And a text.".into()),
        author_id: None,
        author_name: Some("Ann".into()),
        owner_key: Some("ab".repeat(32)),
        created_at: time(),
    }
}

/// Every type of event with every field that it may have, and who says it.
pub fn full() -> Vec<(&'static str, Event)> {
    let jwk = serde_json::json!({ "crv": "Ed25519", "kid": "2026-01", "kty": "OKP", "x": "AAAA" });
    let said = |source, event: Event| (source, event);
    vec![
        said("/posts", post_created().into()),
        said(
            "/posts",
            PostUpdated {
                id: post(),
                revision: revision(2),
                title: "Another title".into(),
                content: Some("And another text.".into()),
                edited_at: time(),
            }
            .into(),
        ),
        said("/posts", PostDeleted { id: post(), deleted_by: DeletedBy::Author }.into()),
        said(
            "/moderation",
            PostModerated {
                id: post(),
                revision: revision(2),
                decision: 3,
                status: Status::Rejected,
                reason: Some("off topic".into()),
                rule: None,
                decided_by: DecidedBy::Moderator,
            }
            .into(),
        ),
        said("/comments", comment_created().into()),
        said(
            "/moderation",
            CommentModerated {
                id: comment(),
                revision: Revision::FIRST,
                decision: 1,
                post_id: post(),
                status: Status::Rejected,
                reason: Some("a banned word".into()),
                rule: Some("banned-words".into()),
                decided_by: DecidedBy::Rules,
            }
            .into(),
        ),
        said(
            "/comments",
            CommentUpdated {
                id: comment(),
                revision: revision(2),
                decision: 2,
                post_id: post(),
                parent_id: comment_created().parent_id,
                content: "Second!".into(),
                status: Status::Approved,
                reason: Some("good now".into()),
                edited_at: Some(time()),
            }
            .into(),
        ),
        said("/comments", CommentDeleted { id: comment(), post_id: post(), deleted_by: DeletedBy::Moderator }.into()),
        said(
            "/comments",
            CommentReported {
                id: comment(),
                revision: revision(2),
                post_id: post(),
                reporter_id: Some(user()),
                reason: "rude".into(),
            }
            .into(),
        ),
        said("/users", UserRegistered { id: user(), name: "Ann".into(), role: Role::Member }.into()),
        said("/users", UserUpdated { id: user(), name: "Anna".into(), role: Role::Moderator }.into()),
        said("/users", UserSuspended { id: user(), until: Some(time()), reason: Some("spam".into()) }.into()),
        said("/users", UserReinstated { id: user(), until: Some(time()), reason: Some("a mistake".into()) }.into()),
        said("/users", UserErased { id: user(), texts: Texts::Remove }.into()),
        said("/users", SessionsRevoked { user_id: user(), not_before: time() }.into()),
        said("/users", SigningKeyPublished { kid: "2026-01".into(), jwk: jwk.clone(), expires_at: time() }.into()),
        said("/users", SigningKeyRetired { kid: "2026-01".into(), jwk, expires_at: time() }.into()),
        said(
            "/event-bus",
            DeliveryGivenUp {
                subscription: "query".into(),
                sequence: Sequence::new(42),
                by: "admin".into(),
                reason: "the receiver answered 422".into(),
            }
            .into(),
        ),
    ]
}

/// The types that have optional fields, without them.
pub fn bare() -> Vec<Event> {
    vec![
        PostCreated { content: None, author_name: None, owner_key: None, ..post_created() }.into(),
        PostUpdated {
            id: post(),
            revision: revision(2),
            title: "Only a title".into(),
            content: None,
            edited_at: time(),
        }
        .into(),
        PostModerated {
            id: post(),
            revision: Revision::FIRST,
            decision: 0,
            status: Status::Approved,
            reason: None,
            rule: None,
            decided_by: DecidedBy::Rules,
        }
        .into(),
        CommentCreated { parent_id: None, author_id: None, content: "Hi".into(), ..comment_created() }.into(),
        CommentModerated {
            id: comment(),
            revision: Revision::FIRST,
            decision: 0,
            post_id: post(),
            status: Status::Approved,
            reason: None,
            rule: None,
            decided_by: DecidedBy::Other("an oracle".into()),
        }
        .into(),
        CommentUpdated {
            id: comment(),
            revision: Revision::FIRST,
            decision: 0,
            post_id: post(),
            parent_id: None,
            content: "Hi".into(),
            status: Status::Pending,
            reason: None,
            edited_at: None,
        }
        .into(),
        CommentReported {
            id: comment(),
            revision: Revision::FIRST,
            post_id: post(),
            reporter_id: None,
            reason: "rude".into(),
        }
        .into(),
        UserSuspended { id: user(), until: None, reason: None }.into(),
        UserReinstated { id: user(), until: None, reason: None }.into(),
    ]
}
