use super::super::Detector;

fn found(text: &str) -> Vec<(String, String)> {
    Detector::all_built_in()
        .scan(text)
        .into_iter()
        .map(|hit| (hit.entity.to_string(), text[hit.range].to_owned()))
        .collect()
}

/// Numbers from the issuers' own explanations and from documentation of public libraries; none is a person's.
const SAMPLES: &[(&str, &str, &str)] = &[
    ("ES_NIF", "NIF 12345678Z", "12345678Z"),
    ("ES_NIE", "NIE X-1234567-L", "X-1234567-L"),
    (
        "IT_FISCAL_CODE",
        "codice fiscale RCCMNL83S18D969H",
        "RCCMNL83S18D969H",
    ),
    ("PL_PESEL", "PESEL 44051401359", "44051401359"),
    ("DE_TAX_ID", "Steuer-ID 36 574 261 809", "36 574 261 809"),
    ("DE_SOCIAL_SECURITY", "RVNR 15070649C103", "15070649C103"),
    ("UK_NHS", "NHS 943 476 5870", "943 476 5870"),
    (
        "UK_NINO",
        "his NI number is AB 12 34 56 C.",
        "AB 12 34 56 C",
    ),
    (
        "FR_NIR",
        "NIR 2 95 10 99 126 111 93",
        "2 95 10 99 126 111 93",
    ),
    ("BE_NRN", "rijksregister 85.07.30-033.28", "85.07.30-033.28"),
    ("NL_BSN", "BSN 111222333", "111222333"),
    ("FI_HETU", "hetu 131052-308T", "131052-308T"),
    ("SE_PERSONNUMMER", "personnummer 880320-0016", "880320-0016"),
    ("CH_AHV", "AHV 756.9217.0769.85", "756.9217.0769.85"),
    ("TR_NATIONAL_ID", "TCKN 17291716060", "17291716060"),
    ("ZA_ID_NUMBER", "ID number 7503305044089", "7503305044089"),
    ("IN_AADHAAR", "Aadhaar 2341 2341 2346", "2341 2341 2346"),
    ("AU_ABN", "ABN 51 824 753 556", "51 824 753 556"),
    ("CA_SIN", "SIN 123-456-782", "123-456-782"),
    ("BR_CPF", "CPF 390.533.447-05", "390.533.447-05"),
    ("BR_CNPJ", "CNPJ 16.727.230/0001-97", "16.727.230/0001-97"),
    ("AR_CUIT", "CUIT 20-05536168-2", "20-05536168-2"),
    ("CL_RUT", "RUT 12.531.909-2", "12.531.909-2"),
    ("MX_CURP", "CURP BOXW310820HNERXN09", "BOXW310820HNERXN09"),
    ("CN_RIC", "360426199101010071", "360426199101010071"),
    ("VIN", "VIN 1M8GDM9AXKP042788", "1M8GDM9AXKP042788"),
    (
        "LEI_CODE",
        "LEI 213800KUD8LAJWSQ9D15",
        "213800KUD8LAJWSQ9D15",
    ),
    ("ISIN", "ISIN US0378331005", "US0378331005"),
    ("US_NPI", "NPI 1234567893", "1234567893"),
    (
        "ABA_ROUTING_NUMBER",
        "routing number 011000015",
        "011000015",
    ),
];

#[test]
fn an_identifier_is_found_and_one_with_a_wrong_check_digit_is_not() {
    for (kind, text, value) in SAMPLES {
        let hits = found(text);
        assert!(
            hits.contains(&((*kind).to_owned(), (*value).to_owned())),
            "{kind}: {hits:?}"
        );
        let digit = value.rfind(|c: char| c.is_ascii_digit()).unwrap_or(0);
        let other = (value.as_bytes()[digit] - b'0' + 1) % 10;
        let mut wrong = (*value).to_owned();
        wrong.replace_range(digit..=digit, &other.to_string());
        let hits = found(&text.replace(value, &wrong));
        // Without check digits a form has nothing to be wrong in.
        let unchecked = ["UK_NINO"].contains(kind);
        assert!(
            unchecked || !hits.iter().any(|(found, _)| found == kind),
            "{kind} {wrong}: {hits:?}"
        );
    }
}

#[test]
fn a_weak_number_is_one_only_where_a_word_says_so() {
    for (text, kind) in [
        ("order 111222333 is ready", "NL_BSN"),
        ("ticket 123456782", "CA_SIN"),
        ("build 1234567893", "US_NPI"),
    ] {
        assert!(
            !found(text).iter().any(|(found, _)| found == kind),
            "{text}"
        );
    }
}

#[test]
fn a_part_of_a_longer_number_or_word_is_no_identifier() {
    for text in [
        "x12345678Z",
        "12345678Zx",
        "1.12345678Z",
        "12345678Z-1",
        "sha 44051401359abc",
        "44051401359/7",
    ] {
        let hits = found(text);
        assert!(hits.is_empty(), "{text}: {hits:?}");
    }
}
