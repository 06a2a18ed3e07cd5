//! Readers who ask moderators to look.

use super::board::{Board, Comment};

#[tokio::test]
async fn enough_reports_put_an_approved_comment_into_the_queue() {
    let board = Board::start().await;
    let comment = board.comment("sly").await;
    for _ in 0..2 {
        board.hear(comment.reported()).await;
    }
    assert!(board.queue().await.is_empty());
    board.hear(comment.reported()).await;
    let queue = board.queue().await;
    assert_eq!((queue[0]["rule"].as_str(), queue[0]["status"].as_str()), (Some("reports"), Some("approved")));
    assert_eq!((queue[0]["reports"].as_u64(), queue[0]["content"].as_str()), (Some(3), Some("sly")));
    board.hear(comment.reported()).await;
    assert_eq!(board.queue().await[0]["reports"], 4);
    assert_eq!(board.queue().await[0]["heldAt"], queue[0]["heldAt"]);
    assert_eq!(board.verdict(comment.id).await["status"], "approved", "nothing is said of it");
}

#[tokio::test]
async fn the_threshold_is_a_setting() {
    let board = Board::start_with(|config| config.report_threshold = 1).await;
    let comment = board.comment("sly").await;
    board.hear(comment.reported()).await;
    assert_eq!(board.queue().await.len(), 1);
}

#[tokio::test]
async fn a_decision_answers_the_reports() {
    let board = Board::start().await;
    let comment = board.comment("sly").await;
    for _ in 0..3 {
        board.hear(comment.reported()).await;
    }
    board.decide("comment", comment.id, 1, "approved").await.expect(201);
    assert!(board.queue().await.is_empty());
    for _ in 0..2 {
        board.hear(comment.reported()).await;
    }
    assert!(board.queue().await.is_empty());
    board.hear(comment.reported()).await;
    assert_eq!(board.queue().await[0]["reports"], 3);
}

#[tokio::test]
async fn a_report_that_comes_again_counts_once() {
    let board = Board::start().await;
    let comment = board.comment("sly").await;
    let report = board.bus.publish(comment.reported());
    for _ in 0..5 {
        board.hear(report.clone()).await;
    }
    assert!(board.queue().await.is_empty());
}

#[tokio::test]
async fn a_report_from_a_log_that_was_filled_again_counts_once() {
    let board = Board::start().await;
    let comment = board.comment("sly").await;
    let reports = [comment.reported(), comment.reported()].map(|report| board.bus.publish(report));
    for report in &reports {
        board.hear(report.clone()).await;
    }
    for _ in 0..2 {
        board.bus.new_log();
        for mut report in reports.clone() {
            report.sequence = None;
            board.hear(report).await;
        }
    }
    assert!(board.queue().await.is_empty(), "two people have reported it");
    board.hear(comment.reported()).await;
    assert_eq!(board.queue().await[0]["reports"], 3);
}

#[tokio::test]
async fn reports_that_come_before_the_comment_count_too() {
    let board = Board::start().await;
    let comment = Comment::new();
    for _ in 0..3 {
        board.hear(comment.reported()).await;
    }
    assert!(board.queue().await.is_empty());
    board.hear(comment.created("sly")).await;
    assert_eq!(board.queue().await[0]["rule"], "reports");
}

#[tokio::test]
async fn an_edit_does_not_shake_reports_off() {
    let board = Board::start().await;
    let comment = board.comment("sly").await;
    for _ in 0..3 {
        board.hear(comment.reported()).await;
    }
    board.hear(comment.edited(2, "still sly")).await;
    let queue = board.queue().await;
    assert_eq!((queue[0]["rule"].as_str(), queue[0]["revision"].as_u64()), (Some("reports"), Some(2)));
}

#[tokio::test]
async fn what_is_withheld_or_gone_needs_no_report() {
    let board = Board::start().await;
    let rejected = board.comment("orange").await;
    let deleted = board.comment("sly").await;
    board.hear(deleted.deleted()).await;
    for comment in [rejected, deleted] {
        for _ in 0..3 {
            board.hear(comment.reported()).await;
        }
    }
    assert!(board.queue().await.is_empty());
    // Once it is shown after all, somebody should look.
    board.decide("comment", rejected.id, 1, "approved").await.expect(201);
    assert!(board.queue().await.is_empty(), "somebody just did");
}
