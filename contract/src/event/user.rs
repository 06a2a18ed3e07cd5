//! What is said about accounts, and the keys that their tokens are signed with. From these every service keeps its
//! own copy of who may do what, and asks nobody. No e-mail address, password hash or token is ever in one.

use crate::{Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// What an account may do; each may all that those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Write.
    Member,
    /// Judge what others wrote.
    Moderator,
    /// Give roles, and everything else.
    Admin,
}

impl Role {
    /// The word on the wire and in a store's column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What becomes of the texts of an account that is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Texts {
    /// They stay, without an author.
    Keep,
    /// They are deleted.
    Remove,
}

/// There is a new account. Said by users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserRegistered {
    /// The account.
    pub id: UserId,
    /// The name it is shown under.
    pub name: String,
    /// What it may do.
    pub role: Role,
}

/// An account has another name or role. Said by users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserUpdated {
    /// The account.
    pub id: UserId,
    /// The name it is shown under now.
    pub name: String,
    /// What it may do now.
    pub role: Role,
}

/// An account may not write. Said by users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserSuspended {
    /// The account.
    pub id: UserId,
    /// Until when; for good if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An account may write again. Said by users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserReinstated {
    /// The account.
    pub id: UserId,
    /// Until when the suspension would have been.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An account is gone. Said by users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserErased {
    /// The account.
    pub id: UserId,
    /// What becomes of its texts.
    pub texts: Texts,
}

/// An account's sign-ins from before a moment are void. Said by users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionsRevoked {
    /// The account.
    pub user_id: UserId,
    /// Tokens issued before this are void.
    pub not_before: Timestamp,
}

/// Tokens signed with this key are good. Said by users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SigningKeyPublished {
    /// The key's id, as tokens name it.
    pub kid: String,
    /// The public key (RFC 7517).
    pub jwk: Value,
    /// When it ceases to be good.
    pub expires_at: Timestamp,
}

/// Tokens signed with this key are good no more. Said by users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SigningKeyRetired {
    /// The key's id, as tokens name it.
    pub kid: String,
    /// The public key (RFC 7517).
    pub jwk: Value,
    /// When it ceased to be good.
    pub expires_at: Timestamp,
}
