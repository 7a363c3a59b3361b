//! Answers: whole or not, packed or not, within their bounds or not.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn whole(headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// In chunks of three bytes, with an extension and a trailer.
fn chunked(headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 200 OK\r\n{headers}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    for chunk in body.chunks(3) {
        write!(bytes, "{:x};of=three\r\n", chunk.len()).unwrap();
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\nX-Trailer: x\r\n\r\n");
    bytes
}

#[tokio::test]
async fn every_way_of_saying_where_the_body_ends() {
    assert_eq!(answered(whole("", b"answer")).await, ok("answer"));
    assert_eq!(answered(chunked("", b"answer")).await, ok("answer"));
    assert_eq!(answered("HTTP/1.1 200 OK\r\n\r\nanswer").await, ok("answer"));
    assert_eq!(answered("HTTP/1.0 200 OK\r\n\r\nanswer").await, ok("answer"));
    assert_eq!(answered(whole("", b"")).await, ok(""));
}

#[tokio::test]
async fn the_date_of_an_answer_is_the_other_sides_clock_and_one_that_cannot_be_read_is_none() {
    let dated = async |date: &str| answered(whole(&format!("Date: {date}\r\n"), b"answer")).await.unwrap().date;
    assert_eq!(dated("Sun, 06 Nov 1994 08:49:37 GMT").await, Some(time::macros::datetime!(1994-11-06 08:49:37 UTC)));
    for unreadable in ["", "yesterday", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT"] {
        assert_eq!(dated(unreadable).await, None, "{unreadable}");
    }
}

#[tokio::test]
async fn statuses_are_answers_and_redirects_are_not_followed() {
    let elsewhere = Server::start().await;
    for status in [201, 204, 301, 302, 307, 308, 400, 404, 500, 502, 503, 504] {
        let location = format!("http://{}/", elsewhere.address());
        let answer = format!("HTTP/1.1 {status} X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(answered(answer).await, Ok(Reply { status, ..Reply::default() }));
    }
    assert!(elsewhere.nobody_waits().await);
}

#[tokio::test]
async fn interim_answers_are_passed_over_and_upgrades_lead_nowhere() {
    for interim in ["100 Continue", "102 Processing", "103 Early Hints"] {
        let mut bytes = format!("HTTP/1.1 {interim}\r\nLink: </x>\r\n\r\n").repeat(3).into_bytes();
        bytes.extend(whole("", b"answer"));
        assert_eq!(answered(bytes).await, ok("answer"), "{interim}");
    }
    let upgraded = answered("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n").await;
    // Whether it counts as an answer or as a broken connection, nobody takes it for one that says the request was taken.
    match upgraded {
        Ok(reply) => assert_eq!((reply.status, reply.body.len()), (101, 0)),
        Err(error) => assert!(error.left),
    }
}

#[tokio::test]
async fn an_answer_cut_anywhere_is_lost() {
    let packed = gzip(b"<answer>that is long enough to be cut in it</answer>");
    for bytes in [
        whole("", b"<answer/>"),
        chunked("", b"<answer/>"),
        whole("Content-Encoding: gzip\r\n", &packed),
        chunked("Content-Encoding: gzip\r\n", &packed),
    ] {
        for end in 0..bytes.len() {
            assert!(matches!(lost(answered(&bytes[..end]).await), TransportReason::Broken(_)), "cut at {end}");
        }
        assert!(answered(&bytes).await.is_ok());
    }
}

#[tokio::test]
async fn a_packed_answer_cut_where_http_cannot_tell_is_lost() {
    let packed = gzip(b"<answer>that is long enough to be cut in it</answer>");
    for end in 1..packed.len() {
        let cut = answered(whole("Content-Encoding: gzip\r\n", &packed[..end])).await;
        assert!(matches!(lost(cut), TransportReason::Compression(_)), "cut at {end}");
    }
}

#[tokio::test]
async fn an_answer_may_come_in_single_bytes() {
    let body = "<ответ/>".repeat(20);
    let bytes = chunked("Content-Encoding: gzip\r\n", &gzip(body.as_bytes()));
    let server = Server::start().await;
    let transport = transport(&server, limits());
    let (posted, ()) = tokio::join!(send(&transport), async {
        let mut connection = server.accept().await;
        connection.request().await;
        connection.trickle(bytes).await;
    });
    assert_eq!(posted, ok(body));
}

#[tokio::test]
async fn what_is_no_http_is_lost() {
    for bytes in [
        "SSH-2.0-OpenSSH\r\n",
        "HTTP/2 200 OK\r\n\r\n",
        "<html></html>",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nxx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ] {
        assert!(matches!(lost(answered(bytes).await), TransportReason::Broken(_)), "{bytes}");
    }
}

#[tokio::test]
async fn packed_answers() {
    let body = "<ответ>".repeat(1000);
    let packed = gzip(body.as_bytes());
    for encoding in ["gzip", "x-gzip", " GZip "] {
        let headers = format!("Content-Encoding: {encoding}\r\n");
        assert_eq!(answered(whole(&headers, &packed)).await, ok(body.clone()), "{encoding}");
        assert_eq!(answered(whole(&headers, b"")).await, ok(""), "{encoding}, nothing");
    }
    assert_eq!(answered(whole("Content-Encoding: identity\r\n", b"x")).await, ok("x"));
    // Several members, as a server that flushes writes them.
    let two = [gzip(b"one "), gzip(b"two")].concat();
    assert_eq!(answered(whole("Content-Encoding: gzip\r\n", &two)).await, ok("one two"));
}

#[tokio::test]
async fn packed_in_a_way_not_known() {
    let packed = gzip(b"x");
    for headers in [
        "Content-Encoding: br\r\n",
        "Content-Encoding: gzip, gzip\r\n",
        "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n",
    ] {
        assert!(matches!(lost(answered(whole(headers, &packed)).await), TransportReason::Compression(_)), "{headers}");
    }
    for broken in [b"not gzip at all".to_vec(), [packed.clone(), b"trailing".to_vec()].concat(), {
        let mut wrong_sum = packed;
        let at = wrong_sum.len() - 6;
        wrong_sum[at] ^= 1;
        wrong_sum
    }] {
        let lost = lost(answered(whole("Content-Encoding: gzip\r\n", &broken)).await);
        assert!(matches!(lost, TransportReason::Compression(_)), "{lost}");
    }
}

#[tokio::test]
async fn a_bomb_is_not_unpacked_but_a_small_answer_may_repeat_itself() {
    let small = vec![b' '; 1 << 20];
    let packed = gzip(&small);
    assert!(small.len() / packed.len() > 100, "more than the ratio");
    assert_eq!(answered(whole("Content-Encoding: gzip\r\n", &packed)).await, ok(small));
    let bomb = gzip(&vec![b' '; (1 << 20) + 1]);
    let TransportReason::Compression(why) = lost(answered(whole("Content-Encoding: gzip\r\n", &bomb)).await) else {
        panic!("another reason")
    };
    assert_eq!(why, "it grows more than 100 times");
    let generous = HttpLimits { ratio: 2000, ..limits() };
    assert!(answered_within(generous, whole("Content-Encoding: gzip\r\n", &bomb)).await.is_ok());
}

#[tokio::test]
async fn bounds_of_the_body() {
    let limits = HttpLimits { body: 10, ..limits() };
    let too_large = TransportReason::TooLarge { limit: 10 };
    assert_eq!(answered_within(limits, whole("", b"0123456789")).await, ok("0123456789"));
    assert_eq!(answered_within(limits, chunked("", b"0123456789")).await, ok("0123456789"));
    assert_eq!(lost(answered_within(limits, chunked("", b"0123456789x")).await), too_large);
    assert_eq!(lost(answered_within(limits, "HTTP/1.1 200 OK\r\n\r\n0123456789x").await), too_large);
    // Known by its announcement: not one byte of it is waited for.
    let announced = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n";
    assert_eq!(lost(answered_within(limits, announced).await), too_large);
    let packed = gzip(b"01234567890123456789012345678901234567890123456789");
    let limits = HttpLimits { body: packed.len(), ..limits };
    let unpacked = answered_within(limits, whole("Content-Encoding: gzip\r\n", &packed)).await;
    assert_eq!(lost(unpacked), TransportReason::TooLarge { limit: packed.len() });
}

#[tokio::test]
async fn bounds_of_the_headers() {
    let many = |count: usize| "X: y\r\n".repeat(count);
    assert_eq!(answered(whole(&many(99), b"x")).await, ok("x"));
    assert!(matches!(lost(answered(whole(&many(100), b"x")).await), TransportReason::Broken(_)));
    let long = |bytes: usize| format!("X: {}\r\n", "y".repeat(bytes));
    let limits = HttpLimits { headers: 16 << 10, ..limits() };
    assert_eq!(answered_within(limits, whole(&long(10 << 10), b"x")).await, ok("x"));
    assert!(matches!(lost(answered_within(limits, whole(&long(32 << 10), b"x")).await), TransportReason::Broken(_)));
    // A bound below the least there is does no harm.
    let limits = HttpLimits { headers: 0, ..limits };
    assert_eq!(answered_within(limits, whole("", b"x")).await, ok("x"));
}

#[tokio::test]
async fn of_an_answer_in_parts_the_root_is_taken() {
    let headers = "Content-Type: multipart/related; boundary=b; start=\"<r>\"; type=\"text/xml\"\r\n";
    let body = b"--b\r\nContent-ID: <x>\r\n\r\nfile\r\n--b\r\nContent-ID: <r>\r\n\r\n<answer/>\r\n--b--\r\n";
    assert_eq!(answered(whole(headers, body)).await, ok("<answer/>"));
    let packed = format!("{headers}Content-Encoding: gzip\r\n");
    assert_eq!(answered(whole(&packed, &gzip(body))).await, ok("<answer/>"));
    let cut = answered(whole(headers, &body[..body.len() - 6])).await;
    assert!(matches!(lost(cut), TransportReason::Multipart(_)));
}
