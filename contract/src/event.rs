//! Every event that Folkmoot's own services say, as types.
//!
//! The bus never looks in here: to it `data` is bytes. Services parse what they subscribed to, and carry on past what
//! they do not know: a type from a later version, a field that was added, data that was erased to `{}`.

mod bus;
mod comment;
mod post;
mod user;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use thiserror::Error;

pub use bus::DeliveryGivenUp;
pub use comment::{CommentCreated, CommentDeleted, CommentModerated, CommentReported, CommentUpdated};
pub use post::{PostCreated, PostDeleted, PostModerated, PostUpdated};
pub use user::{
    Role, SessionsRevoked, SigningKeyPublished, SigningKeyRetired, Texts, UserErased, UserRegistered, UserReinstated,
    UserSuspended, UserUpdated,
};

/// What an event's type and data turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Parsed {
    /// An event of ours, with all that it says.
    Known(Event),
    /// A type that this version does not know. It is carried, and has no effect.
    Unknown,
    /// An event of ours whose data was erased to `{}`. It has no effect.
    Redacted,
}

/// The data of a known type is not what that type says.
#[derive(Debug, Error)]
#[error("the data of {type_name} is not as it must be: {source}")]
pub struct DataError {
    /// The event's type.
    pub type_name: &'static str,
    /// What is wrong, and where in the data.
    pub source: serde_json::Error,
}

/// Is this the empty object that erasure leaves?
fn is_redacted(data: &str) -> bool {
    data.trim_ascii()
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .is_some_and(|inside| inside.trim_ascii().is_empty())
}

fn raw(data: &impl Serialize) -> Box<RawValue> {
    #[expect(clippy::expect_used, reason = "plain structs with text keys: serde_json can write them all")]
    to_raw_value(data).expect("event data is JSON")
}

/// The names of the board's services: each subscribes under its own, and no one else may.
pub const SERVICES: &[&str] = &["posts", "comments", "moderation", "query", "users"];

/// Declares [`Event`] and all that must hold for every type alike, so that none can be forgotten. After
/// `of` stands the field that is the event's subject, after `by` the source of the service that owns the type.
macro_rules! events {
    ($($(#[$doc:meta])* $name:ident of $subject:ident by $owner:literal,)*) => {
        /// Something that happened, said by one of Folkmoot's own services.
        ///
        /// On the wire each is an envelope whose `type` is the variant's name and whose `data` is the variant's struct
        /// in camelCase; what is absent is left out.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Event {
            $($(#[$doc])* $name($name),)*
        }

        impl Event {
            /// Every type's name, in the order of the flow.
            pub const TYPES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// The `type` attribute that this event is sent under.
            pub const fn type_name(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => $name::TYPE,)*
                }
            }

            /// The `source` of the one service that publishes events of this type; none if the type is not one of ours.
            /// An event of the type from any other source is not what it says, and has no effect.
            pub fn owner(type_name: &str) -> Option<&'static str> {
                match type_name {
                    $($name::TYPE => Some($owner),)*
                    _ => None,
                }
            }

            /// The `subject` attribute: the key under which this event is kept in order with others. The post's id
            /// for posts and comments, the user's for accounts, the key's for signing keys, the subscription's name
            /// for what the bus says.
            pub fn subject(&self) -> String {
                match self {
                    $(Self::$name(data) => data.$subject.to_string(),)*
                }
            }

            /// Reads the data of an event of this type.
            ///
            /// # Errors
            /// If the type is known and its data is not as it must be.
            pub fn parse(type_name: &str, data: &str) -> Result<Parsed, DataError> {
                match type_name {
                    $($name::TYPE => match serde_json::from_str(data) {
                        Ok(event) => Ok(Parsed::Known(Self::$name(event))),
                        Err(_) if is_redacted(data) => Ok(Parsed::Redacted),
                        Err(source) => Err(DataError { type_name: $name::TYPE, source }),
                    },)*
                    _ => Ok(Parsed::Unknown),
                }
            }

            /// The `data` attribute, as JSON.
            pub fn data_json(&self) -> Box<RawValue> {
                match self {
                    $(Self::$name(data) => raw(data),)*
                }
            }
        }

        $(
            impl $name {
                /// The `type` attribute of these events.
                pub const TYPE: &'static str = stringify!($name);
            }

            impl From<$name> for Event {
                fn from(data: $name) -> Self {
                    Self::$name(data)
                }
            }
        )*
    };
}

events! {
    /// Posts: somebody posted.
    PostCreated of id by "/posts",
    /// Posts: a post has a new version.
    PostUpdated of id by "/posts",
    /// Posts: a post is gone, and its thread closed.
    PostDeleted of id by "/posts",
    /// Moderation: a post was judged.
    PostModerated of id by "/moderation",
    /// Comments: somebody commented.
    CommentCreated of post_id by "/comments",
    /// Moderation: a comment was judged.
    CommentModerated of post_id by "/moderation",
    /// Comments: a comment has a new version, or a new verdict.
    CommentUpdated of post_id by "/comments",
    /// Comments: a comment is gone.
    CommentDeleted of post_id by "/comments",
    /// Comments: somebody reported a comment.
    CommentReported of post_id by "/comments",
    /// Users: there is a new account.
    UserRegistered of id by "/users",
    /// Users: an account has another name or role.
    UserUpdated of id by "/users",
    /// Users: an account may not write.
    UserSuspended of id by "/users",
    /// Users: an account may write again.
    UserReinstated of id by "/users",
    /// Users: an account is gone.
    UserErased of id by "/users",
    /// Users: an account's earlier sign-ins are void.
    SessionsRevoked of user_id by "/users",
    /// Users: tokens signed with this key are good.
    SigningKeyPublished of kid by "/users",
    /// Users: tokens signed with this key are good no more.
    SigningKeyRetired of kid by "/users",
    /// The bus: an event will not be delivered to a subscription.
    DeliveryGivenUp of subscription by "/event-bus",
}
