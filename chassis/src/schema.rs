//! The messaging tables as diesel sees them; their meaning is told in the migration.

diesel::table! {
    meta (key) {
        key -> Text,
        value -> Text,
    }
}

diesel::table! {
    position (id) {
        id -> BigInt,
        database -> Binary,
        number -> BigInt,
    }
}

diesel::table! {
    outbox (number) {
        number -> BigInt,
        event_id -> Text,
        subject -> Text,
        body -> Binary,
        said_at -> BigInt,
    }
}

diesel::table! {
    outbox_unsent (number) {
        number -> BigInt,
        problem -> Nullable<Text>,
    }
}

diesel::table! {
    inbox_log (number) {
        number -> BigInt,
        log -> Text,
    }
}

diesel::table! {
    inbox (log_number, sequence) {
        log_number -> BigInt,
        sequence -> BigInt,
        event_id -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(outbox, outbox_unsent);
