//! The catalogue: every event told to those who do not read Rust, with who says it, its fields and an example. From
//! it documents for programs are made.
//!
//! The types of [`crate::event`] are what holds; tests hold this list against them, field by field.

mod field;

use serde_json::{Map, Value, json};

use self::field::{Field, Shape, has, may};
use crate::{Envelope, Event, EventId, Parsed, Sequence, Timestamp};

/// One type of event.
#[derive(Debug)]
pub struct Listed {
    /// The `type` attribute.
    pub type_name: &'static str,
    /// The `source` attribute: the path of the service that says it.
    pub source: &'static str,
    /// What it says, in one sentence.
    pub summary: &'static str,
    fields: &'static [Field],
    /// Data with every field.
    example: &'static str,
}

impl Listed {
    /// What `data` is, as JSON Schema (draft 7). Readers ignore fields that they do not know: some may be added.
    pub fn schema(&self) -> Value {
        let properties: Map<_, _> = self.fields.iter().map(|field| (field.name.to_owned(), field.schema())).collect();
        let required: Vec<_> = self.fields.iter().filter(|field| field.required).map(|field| field.name).collect();
        json!({ "type": "object", "description": self.summary, "properties": properties, "required": required })
    }

    /// Such an event as it stands in a log, with every field.
    pub fn example(&self) -> Envelope {
        #[expect(clippy::expect_used, reason = "constants, each of which a test reads")]
        let (event, id) = match Event::parse(self.type_name, self.example).expect("data of this type") {
            Parsed::Known(event) => (event, EventId::parse(EXAMPLE_ID).expect("an event's id")),
            other => unreachable!("{} is {other:?}", self.type_name),
        };
        let mut envelope = Envelope::say(self.source, &event, id, None, None);
        envelope.time = Some(Timestamp::from_millis(EXAMPLE_TIME));
        envelope.sequence = Some(Sequence::new(42));
        envelope
    }
}

const EXAMPLE_ID: &str = "019c1405-36fb-7c54-9b05-0d6f0a2c3b11";
/// 2026-01-31T12:00:00.123Z
const EXAMPLE_TIME: i64 = 1_769_860_800_123;

const STATUS: Shape = Shape::OneOf(&["pending", "approved", "rejected"]);
const ROLE: Shape = Shape::OneOf(&["member", "moderator", "admin"]);
const DECIDED_BY: Field = has("decidedBy", Shape::Word(&["rules", "moderator"]), "Who decided.");
const DELETED_BY: Field = has("deletedBy", Shape::Word(&["author", "moderator"]), "Who deleted it.");
const POST: Field = has("id", Shape::Id, "The post.");
const COMMENT: Field = has("id", Shape::Id, "The comment.");
const ACCOUNT: Field = has("id", Shape::Id, "The account.");
const UNDER: Field = has("postId", Shape::Id, "The post that the comment stands under.");
const ANSWERS: Field = may("parentId", Shape::Id, "The comment that it answers.");
const FIRST: Field = has("revision", Shape::Number(1), "Always 1.");
const VERSION: Field = has("revision", Shape::Number(1), "The version's number, from 1.");
const JUDGED: Field = has("revision", Shape::Number(1), "The version that was judged.");
const DECISION: Field = may("decision", Shape::Number(0), "How many verdicts there have been, this one included.");
const VERDICT: Field = has("status", STATUS, "The verdict.");
const REASON: Field = may("reason", Shape::Text, "Why.");
const RULE: Field = may("rule", Shape::Text, "The name of the rule that decided.");
const TITLE: Field = has("title", Shape::Text, "The title.");
const AUTHOR: Field = may("authorId", Shape::Id, "The account that wrote it.");
const AUTHOR_NAME: Field = may("authorName", Shape::Text, "The name that somebody without an account chose.");
const OWNER_KEY: Field = may("ownerKey", Shape::Sha256, "The digest of the secret by which its author is known again.");
const CREATED_AT: Field = has("createdAt", Shape::Time, "When it was written.");
const NAME: Field = has("name", Shape::Text, "The name that the account is shown under.");
const KEY: Field = has("kid", Shape::Text, "The key's id, as tokens name it.");
const JWK: Field = has("jwk", Shape::Object, "The public key (RFC 7517).");

/// Every event, in the order of [`Event::TYPES`].
pub const CATALOGUE: &[Listed] = &[
    Listed {
        type_name: "PostCreated",
        source: "/posts",
        summary: "Somebody posted; the post has not been judged.",
        fields: &[
            POST,
            FIRST,
            TITLE,
            may("content", Shape::Text, "The text below the title, in Markdown."),
            AUTHOR,
            AUTHOR_NAME,
            OWNER_KEY,
            CREATED_AT,
        ],
        example: r#"{"id":"019c1405-36fb-7000-8000-000000000001","revision":1,"title":"Where do we meet?","content":"Under the oak?","authorId":"019c1405-36fb-7000-8000-000000000003","authorName":"Ann","ownerKey":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","createdAt":"2026-01-31T12:00:00.123Z"}"#,
    },
    Listed {
        type_name: "PostUpdated",
        source: "/posts",
        summary: "A post has a new version, which has not been judged.",
        fields: &[
            POST,
            VERSION,
            TITLE,
            may("content", Shape::Text, "The text as it is now, in Markdown."),
            has("editedAt", Shape::Time, "When it was edited."),
        ],
        example: r#"{"id":"019c1405-36fb-7000-8000-000000000001","revision":2,"title":"Where do we meet?","content":"Under the oak, at noon?","editedAt":"2026-01-31T12:00:00.123Z"}"#,
    },
    Listed {
        type_name: "PostDeleted",
        source: "/posts",
        summary: "A post is gone, and its thread closed.",
        fields: &[POST, DELETED_BY],
        example: r#"{"id":"019c1405-36fb-7000-8000-000000000001","deletedBy":"author"}"#,
    },
    Listed {
        type_name: "PostModerated",
        source: "/moderation",
        summary: "One version of a post was judged.",
        fields: &[POST, JUDGED, DECISION, VERDICT, REASON, RULE, DECIDED_BY],
        example: r#"{"id":"019c1405-36fb-7000-8000-000000000001","revision":2,"decision":1,"status":"rejected","reason":"No advertisements.","rule":"spam","decidedBy":"rules"}"#,
    },
    Listed {
        type_name: "CommentCreated",
        source: "/comments",
        summary: "Somebody commented; the comment has not been judged.",
        fields: &[
            COMMENT,
            FIRST,
            UNDER,
            ANSWERS,
            has("content", Shape::Text, "The text, in Markdown."),
            has("status", Shape::OneOf(&["pending"]), "Always pending."),
            AUTHOR,
            AUTHOR_NAME,
            OWNER_KEY,
            CREATED_AT,
        ],
        example: r#"{"id":"019c1405-36fb-7000-8000-000000000002","revision":1,"postId":"019c1405-36fb-7000-8000-000000000001","parentId":"019c1405-36fb-7000-8000-000000000004","content":"Under the oak.","status":"pending","authorId":"019c1405-36fb-7000-8000-000000000003","authorName":"Bob","ownerKey":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","createdAt":"2026-01-31T12:00:00.123Z"}"#,
    },
    Listed {
        type_name: "CommentModerated",
        source: "/moderation",
        summary: "One version of a comment was judged.",
        fields: &[COMMENT, JUDGED, DECISION, UNDER, VERDICT, REASON, RULE, DECIDED_BY],
        example: r#"{"id":"019c1405-36fb-7000-8000-000000000002","revision":1,"decision":1,"postId":"019c1405-36fb-7000-8000-000000000001","status":"rejected","reason":"Not here.","rule":"orange","decidedBy":"rules"}"#,
    },
    Listed {
        type_name: "CommentUpdated",
        source: "/comments",
        summary: "A comment as it stands after an edit or a verdict.",
        fields: &[
            COMMENT,
            VERSION,
            may("decision", Shape::Number(0), "How many verdicts there were when `status` was reached."),
            UNDER,
            ANSWERS,
            has("content", Shape::Text, "The text as it is now, in Markdown."),
            has("status", STATUS, "The verdict on this version, or pending."),
            REASON,
            may("editedAt", Shape::Time, "When it was edited."),
        ],
        example: r#"{"id":"019c1405-36fb-7000-8000-000000000002","revision":2,"decision":2,"postId":"019c1405-36fb-7000-8000-000000000001","parentId":"019c1405-36fb-7000-8000-000000000004","content":"Under the oak, at noon.","status":"approved","reason":"Fine now.","editedAt":"2026-01-31T12:00:00.123Z"}"#,
    },
    Listed {
        type_name: "CommentDeleted",
        source: "/comments",
        summary: "A comment is gone.",
        fields: &[COMMENT, UNDER, DELETED_BY],
        example: r#"{"id":"019c1405-36fb-7000-8000-000000000002","postId":"019c1405-36fb-7000-8000-000000000001","deletedBy":"moderator"}"#,
    },
    Listed {
        type_name: "CommentReported",
        source: "/comments",
        summary: "Somebody asks moderators to look at a comment.",
        fields: &[
            COMMENT,
            has("revision", Shape::Number(1), "The version that was seen."),
            UNDER,
            may("reporterId", Shape::Id, "The account that reported it."),
            has("reason", Shape::Text, "What is wrong with it, in the reporter's words."),
        ],
        example: r#"{"id":"019c1405-36fb-7000-8000-000000000002","revision":2,"postId":"019c1405-36fb-7000-8000-000000000001","reporterId":"019c1405-36fb-7000-8000-000000000003","reason":"It is rude."}"#,
    },
    Listed {
        type_name: "UserRegistered",
        source: "/users",
        summary: "There is a new account.",
        fields: &[ACCOUNT, NAME, has("role", ROLE, "What it may do.")],
        example: r#"{"id":"019c1405-36fb-7000-8000-000000000003","name":"Ann","role":"member"}"#,
    },
    Listed {
        type_name: "UserUpdated",
        source: "/users",
        summary: "An account has another name or role.",
        fields: &[ACCOUNT, NAME, has("role", ROLE, "What it may do now.")],
        example: r#"{"id":"019c1405-36fb-7000-8000-000000000003","name":"Anna","role":"moderator"}"#,
    },
    Listed {
        type_name: "UserSuspended",
        source: "/users",
        summary: "An account may not write.",
        fields: &[ACCOUNT, may("until", Shape::Time, "Until when; for good if absent."), REASON],
        example: r#"{"id":"019c1405-36fb-7000-8000-000000000003","until":"2026-02-28T12:00:00.000Z","reason":"Advertisements."}"#,
    },
    Listed {
        type_name: "UserReinstated",
        source: "/users",
        summary: "An account may write again.",
        fields: &[ACCOUNT, may("until", Shape::Time, "Until when the suspension would have been."), REASON],
        example: r#"{"id":"019c1405-36fb-7000-8000-000000000003","until":"2026-02-28T12:00:00.000Z","reason":"It was a mistake."}"#,
    },
    Listed {
        type_name: "UserErased",
        source: "/users",
        summary: "An account is gone.",
        fields: &[ACCOUNT, has("texts", Shape::OneOf(&["keep", "remove"]), "What becomes of its texts.")],
        example: r#"{"id":"019c1405-36fb-7000-8000-000000000003","texts":"remove"}"#,
    },
    Listed {
        type_name: "SessionsRevoked",
        source: "/users",
        summary: "An account's sign-ins from before a moment are void.",
        fields: &[
            has("userId", Shape::Id, "The account."),
            has("notBefore", Shape::Time, "Tokens issued before this are void."),
        ],
        example: r#"{"userId":"019c1405-36fb-7000-8000-000000000003","notBefore":"2026-01-31T12:00:00.123Z"}"#,
    },
    Listed {
        type_name: "SigningKeyPublished",
        source: "/users",
        summary: "Tokens signed with this key are good.",
        fields: &[KEY, JWK, has("expiresAt", Shape::Time, "When it ceases to be good.")],
        example: r#"{"kid":"2026-01","jwk":{"crv":"Ed25519","kid":"2026-01","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},"expiresAt":"2026-07-31T12:00:00.000Z"}"#,
    },
    Listed {
        type_name: "SigningKeyRetired",
        source: "/users",
        summary: "Tokens signed with this key are good no more.",
        fields: &[KEY, JWK, has("expiresAt", Shape::Time, "When it ceased to be good.")],
        example: r#"{"kid":"2026-01","jwk":{"crv":"Ed25519","kid":"2026-01","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},"expiresAt":"2026-01-31T12:00:00.123Z"}"#,
    },
    Listed {
        type_name: "DeliveryGivenUp",
        source: "/event-bus",
        summary: "Somebody decided that a subscription does without an event that it kept refusing.",
        fields: &[
            has("subscription", Shape::Text, "The subscription's name."),
            has("sequence", Shape::Sequence, "Where the event stands in the log."),
            has("by", Shape::Text, "Who decided."),
            has("reason", Shape::Text, "Why it was refused, or given up."),
        ],
        example: r#"{"subscription":"mine","sequence":"0000000000000041","by":"operator","reason":"the receiver answered 422"}"#,
    },
];
