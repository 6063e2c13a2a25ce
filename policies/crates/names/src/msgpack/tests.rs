use super::{Value, parse};

#[test]
fn every_kind_of_value_is_read() {
    let bytes: &[u8] = &[
        0xdc, 0, 13, 0x05, 0xff, 0xc0, 0xc3, 0xc4, 2, 1, 2, 0xa2, b'h', b'i', 0xd9, 1, b'x', 0xcd,
        1, 0, 0xcf, 255, 255, 255, 255, 255, 255, 255, 255, 0xd1, 255, 0, 0xca, 0, 0, 0, 0, 0x81,
        0x41, 0xc2, 0x91, 0x7f,
    ];
    let expected = Value::List(vec![
        Value::Integer(5),
        Value::Integer(-1),
        Value::Nil,
        Value::Boolean(true),
        Value::Bytes(&[1, 2]),
        Value::Text("hi"),
        Value::Text("x"),
        Value::Integer(256),
        Value::Large(u64::MAX),
        Value::Integer(-256),
        Value::Float,
        Value::Map(vec![(Value::Integer(65), Value::Boolean(false))]),
        Value::List(vec![Value::Integer(127)]),
    ]);
    assert_eq!(parse(bytes).unwrap(), expected);
}

#[test]
fn keys_may_be_text_bytes_or_numbers_and_the_last_one_wins() {
    let value = parse(&[0x84, 0xa1, b'a', 1, 0xc4, 1, b'b', 2, 65, 3, 0xa1, b'a', 4]).unwrap();
    assert_eq!(value.get("a").and_then(Value::number), Some(4));
    assert_eq!(value.get("b").and_then(Value::number), Some(2));
    assert_eq!(value.get_number(65).and_then(Value::number), Some(3));
    assert_eq!(value.get("c"), None);
}

#[test]
fn every_prefix_of_a_good_file_is_refused_with_a_reason() {
    let good: &[u8] = &[
        0x82, 0xa1, b'a', 0xdc, 0, 2, 1, 0xcd, 1, 1, 0xc4, 1, b'b', 0xc5, 0, 2, 7, 7,
    ];
    assert!(parse(good).is_ok());
    for length in 0..good.len() {
        assert!(parse(&good[..length]).is_err(), "{length}");
    }
}

#[test]
fn hostile_counts_depths_and_marks_are_refused() {
    assert!(
        parse(&[0xdd, 255, 255, 255, 255])
            .unwrap_err()
            .contains("cut short")
    );
    assert!(
        parse(&[0xc6, 255, 255, 255, 255, 0])
            .unwrap_err()
            .contains("cut short")
    );
    assert!(parse(&[0x91; 100_000]).unwrap_err().contains("deep"));
    assert!(parse(&[0xc1]).unwrap_err().contains("unknown mark"));
    assert!(parse(&[0xa1, 0xff]).unwrap_err().contains("UTF-8"));
    assert!(parse(&[1, 2]).unwrap_err().contains("ends at byte 1"));
}
