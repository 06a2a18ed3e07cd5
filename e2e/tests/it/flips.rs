//! A small board is killed, and then one byte after the other of its files is flipped: everything is there, or the service
//! does not start, or an alarm goes off.

use chassis::doubles::flips;
use chassis::store::open_as_it_is;
use e2e::board::Board;

/// `FOLKMOOT_FLIP_STEP=1` flips every byte, which takes hours.
#[expect(clippy::disallowed_methods, reason = "a switch of this test, no setting of a service")]
fn step() -> Option<u64> {
    std::env::var("FOLKMOOT_FLIP_STEP").ok().and_then(|step| step.parse().ok())
}

#[tokio::test]
async fn no_flipped_byte_makes_a_board_silently_less_or_other() {
    let mut board = Board::single().up().await;
    for number in 0..5 {
        let post = board.post(&format!("post {number}")).await.text_of("id").to_owned();
        for comment in ["an apple", "an orange"] {
            board.comment(&post, comment).await;
        }
        board.judged(&post, 2).await;
    }
    board.settled().await;
    board.kill_all().await;
    for name in ["posts", "comments", "moderation", "event-bus"] {
        for (file, tally) in flips(&board.data(), name, step(), |folder| open_as_it_is(folder, name)).await {
            println!("{file}: {tally}");
            assert!(tally.silent.is_empty(), "{file}: {:?}", tally.silent);
        }
    }
}
