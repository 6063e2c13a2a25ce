//! Addresses of cells, as spreadsheets write them: column letters, then the row.

/// The letters of a column, counted from zero.
pub(crate) fn column(mut index: usize) -> String {
    let mut letters = Vec::new();
    loop {
        let letter = u8::try_from(index % 26).unwrap_or(0);
        letters.push(char::from(b'A' + letter));
        index /= 26;
        if index == 0 {
            break;
        }
        index -= 1;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::column;

    #[test]
    fn columns_have_letters() {
        assert_eq!(
            [0, 25, 26, 701, 702, 16_383].map(column),
            ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
        );
    }
}
