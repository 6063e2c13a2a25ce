//! Identifiers of Europe. The rules are the issuers' own, as published; python-stdnum agrees with them where it has them.

use super::check::{
    all_alike, alnum, body, cross_sum, date, date_of_two, digits, falling, last, letters, luhn,
    mod_11_10, modulo, number, place, place_in, spread_modulo, sum, sum_of_places, two_rows, value,
};

super::kinds! {
    ChAhv [13], [&[3, 4, 4, 2]], ch_ahv, Nothing, ["ahv", "ahv-nummer", "avs", "navs13"];
    ChUid [12], [&[3, 3, 3, 3]], ch_uid, Nothing, ["uid", "mwst", "ide"];
    DeHandelsregister [4, 5, 6, 7, 8, 9], [&[3, 1], &[3, 2], &[3, 3], &[3, 4], &[3, 5], &[3, 6]], de_handelsregister, Nothing, ["handelsregister", "amtsgericht", "registergericht"];
    DeHealthInsurance [10], [], de_health_insurance, Nothing, ["krankenversichertennummer", "kvnr", "krankenkasse", "versichertennummer", "krankenversicherung"];
    DeSocialSecurity [12], [&[2, 6, 1, 3]], de_social_security, Nothing, ["sozialversicherungsnummer", "rentenversicherung", "rvnr", "versicherungsnummer", "sozialversicherung"];
    DeVatId [11], [&[2, 9], &[2, 3, 3, 3]], de_vat_id, Nothing, ["ust-idnr.", "umsatzsteuer", "vat id", "vat", "ust"];
    EsCcc [20], [&[4, 4, 2, 10]], es_ccc, Nothing, ["ccc", "cuenta corriente", "cuenta bancaria"];
    EsCups [20, 22], [&[2, 4, 4, 4, 4, 2], &[2, 4, 4, 4, 4, 2, 2]], es_cups, Nothing, ["cups", "punto de suministro", "suministro"];
    EsNie [9], [&[1, 7, 1], &[8, 1], &[1, 8]], es_nie, Nothing, ["nie", "número de identidad de extranjero", "extranjero"];
    EsNif [8, 9], [&[8, 1], &[7, 1]], es_nif, Nothing, ["dni", "nif", "documento nacional de identidad"];
    EsNifKlm [9], [&[1, 7, 1]], es_nif_klm, Nothing, ["nif", "dni"];
    FiHetu [10, 11], [&[6, 4]], fi_hetu, Nothing, ["henkilötunnus", "hetu", "personbeteckning", "personal identity code"];
    FrNir [15], [&[1, 2, 2, 2, 3, 3, 2], &[13, 2], &[1, 2, 2, 5, 3, 2]], fr_nir, Nothing, ["numéro de sécurité sociale", "sécurité sociale", "nir", "insee", "social security"];
    IePps [8, 9], [], ie_pps, Nothing, ["pps", "ppsn", "personal public service"];
    ItFiscalCode [16], [&[3, 3, 5, 5], &[6, 5, 5]], it_fiscal_code, Nothing, ["codice fiscale", "c.f.", "cod. fisc.", "tax code"];
    NlBtw [12], [], nl_btw, Nothing, ["btw-nummer", "btw-id", "btw", "vat"];
    NoFnr [11], [&[6, 5]], no_fnr, Nothing, ["fødselsnummer", "personnummer", "fnr", "d-nummer"];
    PtCc [12], [&[8, 1, 3]], pt_cc, Nothing, ["cartão de cidadão", "cartao de cidadao"];
    RoOnrc [14], [], ro_onrc, Nothing, ["onrc", "registrul comerțului", "nr. reg. com."];
    SeVat [12], [], se_vat, Nothing, ["momsnummer", "vat", "momsregistreringsnummer"];
    UkNino [9], [&[2, 2, 2, 2, 1], &[2, 6, 1]], uk_nino, Nothing, ["national insurance", "ni number", "nino"];
    UkUpn [13], [], uk_upn, Nothing, ["upn", "pupil", "unique pupil number"];
    AtSvnr [10], [&[4, 6]], at_svnr, Some, ["sozialversicherungsnummer", "svnr", "sv-nr", "versicherungsnummer", "sozialversicherung"];
    AtUid [9], [], at_uid, Some, ["uid", "atu", "ust-idnr", "umsatzsteuer"];
    BeEid [12], [&[3, 7, 2]], be_eid, Some, ["identiteitskaart", "carte d'identité", "eid"];
    BeNrn [11], [&[2, 2, 2, 3, 2], &[6, 3, 2]], be_nrn, Some, ["rijksregisternummer", "numéro de registre national", "niss", "insz", "rijksregister", "registre national", "nrn"];
    BeVat [10], [&[4, 3, 3]], be_vat, Some, ["ondernemingsnummer", "numéro d'entreprise", "btw", "tva"];
    CzRc [9, 10], [&[6, 4], &[6, 3]], cz_rc, Some, ["rodné číslo", "rodne cislo", "rč", "birth number", "rodné", "rodne"];
    DeTaxId [11], [&[2, 3, 3, 3]], de_tax_id, Some, ["steuer-id", "identifikationsnummer", "idnr", "steueridentifikationsnummer", "tax id", "steuer"];
    EsCif [9], [&[1, 8], &[1, 7, 1]], es_cif, Some, ["cif", "nif", "sociedad"];
    FiYtunnus [8], [&[7, 1]], fi_ytunnus, Some, ["y-tunnus", "alv", "fo-nummer", "business id"];
    FrSiren [9], [&[3, 3, 3]], fr_siren, Some, ["siren", "rcs", "numéro siren"];
    FrSiret [14], [&[3, 3, 3, 5]], fr_siret, Some, ["siret", "établissement", "numéro siret"];
    GrAmka [11], [], gr_amka, Some, ["αμκα", "ΑΜΚΑ", "amka", "κοινωνικής ασφάλισης"];
    IsKennitala [10], [&[6, 4]], is_kennitala, Some, ["kennitala", "kt.", "kt"];
    ItVatCode [11], [&[8, 3]], it_vat_code, Some, ["partita iva", "p.iva", "p. iva", "vat number", "piva", "vat"];
    Jmbg [13], [], jmbg, Some, ["jmbg", "emšo", "јмбг", "ЈМБГ", "matični broj"];
    LvPk [11], [&[6, 5]], lv_pk, Some, ["personas kods", "p.k.", "personal code"];
    NoKonto [11], [&[4, 2, 5]], no_konto, Some, ["kontonummer", "konto", "kontonr"];
    NoOrgnr [9], [&[3, 3, 3]], no_orgnr, Some, ["organisasjonsnummer", "org.nr", "mva"];
    PlNip [10], [&[3, 3, 2, 2], &[3, 2, 2, 3]], pl_nip, Some, ["nip", "numer identyfikacji podatkowej", "tax number"];
    PlPesel [11], [], pl_pesel, Some, ["pesel", "numer pesel", "ewidencyjny"];
    RoCnp [13], [], ro_cnp, Some, ["cnp", "cod numeric personal", "personal code", "cod numeric"];
    SeOrganisationsnummer [10], [&[6, 4]], se_organisationsnummer, Some, ["organisationsnummer", "org.nr", "orgnr", "company registration number"];
    SePersonnummer [10, 12], [&[6, 4], &[8, 4]], se_personnummer, Some, ["personnummer", "samordningsnummer", "personal identity", "pnr", "personal number"];
    SkRc [10], [&[6, 4]], super::europe::cz_rc, Some, ["rodné číslo", "rodne cislo", "birth number"];
    UkNhs [10], [&[3, 3, 4]], uk_nhs, Some, ["nhs number", "nhs", "national health service", "national health"];
    UkUtr [10], [&[5, 5]], uk_utr, Some, ["utr", "unique taxpayer reference", "self assessment"];
    UkVat [9], [&[3, 4, 2]], uk_vat, Some, ["vat", "vat number", "vat registration"];
    AtTin [9], [&[2, 3, 4]], at_tin, Words, ["steuernummer", "abgabenkontonummer", "stnr"];
    BgEgn [10], [], bg_egn, Words, ["егн", "ЕГН", "egn", "единен граждански номер"];
    BgPnf [10], [], bg_pnf, Words, ["лнч", "ЛНЧ", "lnch", "личен номер на чужденец"];
    BgVat [9, 10], [], bg_vat, Words, ["ддс", "ДДС", "булстат", "БУЛСТАТ", "еик", "ЕИК", "vat"];
    ByUnp [9], [], by_unp, Words, ["унп", "УНП", "unp", "учетный номер плательщика"];
    CyVat [9], [], cy_vat, Words, ["φπα", "ΦΠΑ", "vat", "αφτ", "ΑΦΤ", "tic"];
    CzDic [8, 9], [], cz_dic, Words, ["dič", "ičo", "dic", "vat"];
    DeLanr [9], [], de_lanr, Words, ["lanr", "arztnummer", "lebenslange arztnummer", "vertragsarzt"];
    DkCpr [10], [&[6, 4]], dk_cpr, Words, ["cpr-nummer", "cpr", "personnummer"];
    DkCvr [8], [&[2, 2, 2, 2]], dk_cvr, Words, ["cvr", "cvr-nr", "se-nummer", "momsnummer"];
    EeIk [11], [], ee_ik, Words, ["isikukood", "personal code", "personal identification code", "asmens kodas"];
    EeKmkr [9], [], ee_kmkr, Words, ["kmkr", "käibemaksukohustuslase", "vat"];
    EeReg [8], [], ee_reg, Words, ["registrikood", "registry code", "äriregister"];
    FrNif [13], [&[2, 2, 3, 3, 3]], fr_nif, Words, ["numéro fiscal", "spi", "référence fiscale"];
    FrTva [11], [], fr_tva, Words, ["tva", "tva intracommunautaire", "vat"];
    GrAfm [9], [], gr_afm, Words, ["αφμ", "ΑΦΜ", "afm", "αριθμός φορολογικού μητρώου"];
    HrOib [11], [], hr_oib, Words, ["oib", "osobni identifikacijski broj", "personal identification number"];
    IeVat [8, 9], [], ie_vat, Words, ["vat", "ie vat", "tax reference"];
    LtAsmens [11], [], lt_asmens, Words, ["asmens kodas", "a. k.", "personal code"];
    LtPvm [9, 12], [], lt_pvm, Words, ["pvm", "pvm mokėtojo kodas", "vat"];
    LvPvn [11], [], lv_pvn, Words, ["pvn", "reģistrācijas numurs", "vat"];
    McTva [11], [], mc_tva, Words, ["tva", "monaco", "tva intracommunautaire"];
    MdIdno [13], [], md_idno, Words, ["idno", "idnp", "cod fiscal"];
    MePib [8], [], me_pib, Words, ["pib", "poreski identifikacioni broj"];
    MkEdb [13], [], mk_edb, Words, ["едб", "ЕДБ", "edb", "даночен број"];
    NlBsn [9], [&[4, 2, 3], &[3, 3, 3]], nl_bsn, Words, ["bsn", "burgerservicenummer", "sofinummer", "burgerservice", "sofi"];
    NlOnderwijsnummer [9], [], nl_onderwijsnummer, Words, ["onderwijsnummer", "leerling", "student number"];
    PlRegon [9, 14], [], pl_regon, Words, ["regon", "numer regon", "gus"];
    PtNif [9], [&[3, 3, 3]], pt_nif, Words, ["nif", "contribuinte", "número de contribuinte"];
    RsPib [9], [], rs_pib, Words, ["пиб", "ПИБ", "pib", "poreski identifikacioni broj"];
    RuInn [10, 12], [], ru_inn, Words, ["инн", "ИНН", "inn", "налогоплательщика"];
    RuOgrn [13, 15], [], ru_ogrn, Words, ["огрн", "ОГРН", "огрнип", "ОГРНИП", "ogrn"];
    SiDdv [8], [], si_ddv, Words, ["id za ddv", "davčna številka", "vat"];
    SiMaticna [7], [], si_maticna, Words, ["matična številka", "registration number"];
    SkDph [10], [], sk_dph, Words, ["ič dph", "dič", "vat"];
    UaEdrpou [8], [], ua_edrpou, Words, ["єдрпоу", "ЄДРПОУ", "edrpou", "код єдрпоу"];
    UaRntrc [10], [], ua_rntrc, Words, ["рнокпп", "РНОКПП", "іпн", "ІПН", "rntrc", "податковий номер"];
    AdNrt [8], [&[1, 6, 1]], ad_nrt, Form, ["nrt", "número de registre tributari"];
    AlNipt [10], [], al_nipt, Form, ["nipt", "nuis", "numri i identifikimit"];
    DeTaxId [11], [&[2, 3, 3, 3]], de_tax_id_form, Form, ["steuer-id", "identifikationsnummer", "idnr", "steueridentifikationsnummer", "tax id", "steuer"];
    DeBsnr [9], [], de_bsnr, OnlyWords, ["bsnr", "betriebsstätte", "betriebsstättennummer"];
    DePlz [5], [], de_plz, OnlyWords, ["plz", "postleitzahl"];
    DeTaxNumber [10, 11, 13], [&[3, 3, 5], &[2, 3, 5], &[3, 4, 4], &[5, 5]], de_tax_number, OnlyWords, ["steuernummer", "st.-nr.", "steuer-nr.", "tax number"];
    FiVeronumero [12], [], fi_veronumero, OnlyWords, ["veronumero", "tax number"];
    FoVn [6], [], fo_vn, OnlyWords, ["vinnutal", "v-tal", "mvg"];
    HuAnum [8], [], hu_anum, OnlyWords, ["adószám", "közösségi adószám", "vat"];
    IsVsk [6], [], is_vsk, OnlyWords, ["vsk", "vsknúmer", "virðisaukaskatt"];
    LiPeid [7], [], li_peid, OnlyWords, ["peid", "liechtenstein", "steuernummer"];
    LuTva [8], [&[3, 3, 2]], lu_tva, OnlyWords, ["tva", "numéro tva", "vat"];
    MtVat [8], [&[4, 4]], mt_vat, OnlyWords, ["vat", "vat no", "malta"];
    RoCui [6, 7, 8, 9, 10], [], ro_cui, OnlyWords, ["cui", "cif", "cod unic", "cod fiscal"];
    SmCoe [5], [], sm_coe, OnlyWords, ["c.o.e.", "coe", "codice operatore economico"];
    ItFiscalCode [16], [&[3, 3, 5, 5], &[6, 5, 5]], it_fiscal_code_form, Alone, ["codice fiscale", "c.f.", "cod. fisc.", "tax code"];
}

fn ad_nrt(c: &[u8]) -> bool {
    let n = number(&c[1..7]);
    b"ACDEFGLOPU".contains(&c[0])
        && digits(&c[1..7])
        && letters(&c[7..])
        && !(c[0] == b'F' && n > 699_999)
        && (!matches!(c[0], b'A' | b'L') || (700_000..800_000).contains(&n))
}

fn al_nipt(c: &[u8]) -> bool {
    matches!(c[0], b'A'..=b'M') && digits(&c[1..9]) && letters(&c[9..])
}

fn at_svnr(c: &[u8]) -> bool {
    digits(c)
        && c[0] != b'0'
        && (1..=31).contains(&number(&c[4..6]))
        && (1..=15).contains(&number(&c[6..8]))
        && sum(c, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 == value(c[3])
}

fn at_tin(c: &[u8]) -> bool {
    luhn(c)
}

fn at_uid(c: &[u8]) -> bool {
    c[0] == b'U'
        && digits(&c[1..])
        && (cross_sum(&c[1..8], &[1, 2, 1, 2, 1, 2, 1]) + 4 + value(c[8])) % 10 == 0
}

fn be_eid(c: &[u8]) -> bool {
    let rest = number(&c[..10]) % 97;
    digits(c) && number(c) != 0 && (if rest == 0 { 97 } else { rest }) == number(&c[10..])
}

fn be_nrn(c: &[u8]) -> bool {
    let (all, check, month) = (number(&c[..9]), number(&c[9..]), number(&c[2..4]));
    // With 20 or 40 added to the month for those who are not residents; the day may run over.
    digits(c)
        && number(c) != 0
        && matches!(month, 0..=12 | 20..=32 | 40..=52)
        && (97 - all % 97 == check || 97 - (2_000_000_000 + all) % 97 == check)
}

fn be_vat(c: &[u8]) -> bool {
    let check = number(&c[8..]);
    digits(c)
        && c[0] < b'2'
        && number(c) != 0
        && 97 - number(&c[..8]) % 97 == if check == 0 { 97 } else { check }
}

fn bg_egn(c: &[u8]) -> bool {
    let (century, month) = match number(&c[2..4]) {
        month @ 41.. => (2000, month - 40),
        month @ 21..=40 => (1800, month - 20),
        month => (1900, month),
    };
    digits(c)
        && date(century + number(&c[..2]), month, number(&c[4..6]))
        && sum(c, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 == value(c[9])
}

fn bg_pnf(c: &[u8]) -> bool {
    digits(c) && sum(c, &[21, 19, 17, 13, 11, 9, 7, 3, 1]) % 10 == value(c[9])
}

fn bg_vat(c: &[u8]) -> bool {
    if c.len() == 9 {
        return digits(c)
            && two_rows(
                &c[..8],
                &[1, 2, 3, 4, 5, 6, 7, 8],
                &[3, 4, 5, 6, 7, 8, 9, 10],
            ) == value(c[8]);
    }
    digits(c)
        && (bg_egn(c)
            || bg_pnf(c)
            || modulo(-sum(c, &[4, 3, 2, 7, 6, 5, 4, 3, 2]), 11) == value(c[9]))
}

fn by_unp(c: &[u8]) -> bool {
    const LETTERS: &[u8] = b"ABCEHKMOPT";
    let (first, second) = if digits(&c[..2]) {
        (Some(value(c[0])), Some(value(c[1])))
    } else {
        (
            place_in(LETTERS, c[0]).map(|_| place(c[0])),
            place_in(LETTERS, c[1]),
        )
    };
    let (Some(first), Some(second)) = (first, second) else {
        return false;
    };
    b"1234567ABCEHKM".contains(&c[0])
        && digits(&c[2..])
        && (first * 29 + second * 23 + sum(&c[2..8], &[19, 17, 13, 7, 5, 3])) % 11 == value(c[8])
}

fn ch_ahv(c: &[u8]) -> bool {
    digits(c) && c.starts_with(b"756") && sum(c, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 == 0
}

fn ch_uid(c: &[u8]) -> bool {
    c.starts_with(b"CHE")
        && digits(&c[3..])
        && modulo(-sum(&c[3..], &[5, 4, 3, 2, 7, 6, 5, 4]), 11) == value(c[11])
}

fn cy_vat(c: &[u8]) -> bool {
    const ODD: [i64; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    if !digits(&c[..8]) || c.starts_with(b"12") {
        return false;
    }
    let sum: i64 = c[..8]
        .iter()
        .enumerate()
        .map(|(at, byte)| {
            if at % 2 == 0 {
                ODD[usize::from(byte - b'0')]
            } else {
                value(*byte)
            }
        })
        .sum();
    place(c[8]) - 10 == sum % 26
}

pub(super) fn cz_rc(c: &[u8]) -> bool {
    let (year, mut month) = (number(&c[..2]), number(&c[2..4]));
    let century = match (c.len(), year) {
        (9, 0..54) | (10, 54..) => 1900,
        (9, 80..) => 1800,
        (10, _) => 2000,
        _ => return false,
    };
    // Women have 50 more; 20 more where a day's numbers had run out.
    month -= if month > 50 { 50 } else { 0 };
    month -= if month > 20 { 20 } else { 0 };
    digits(c)
        && date(century + year, month, number(&c[4..6]))
        && (c.len() == 9 || number(&c[..9]) % 11 % 10 == value(c[9]))
}

fn cz_dic(c: &[u8]) -> bool {
    if c.len() == 8 {
        let check = match falling(&c[..7], 8) % 11 {
            0 => 1,
            1 => 0,
            rest => 11 - rest,
        };
        return digits(c) && c[0] != b'9' && check == value(c[7]);
    }
    let special = modulo(8 - modulo(10 - falling(&c[1..8], 8) % 11, 11), 10);
    if c[0] == b'6' {
        digits(c) && special == value(c[8])
    } else {
        cz_rc(c)
    }
}

fn de_bsnr(c: &[u8]) -> bool {
    digits(c) && number(c) != 0
}

fn de_health_insurance(c: &[u8]) -> bool {
    if !letters(&c[..1]) || !digits(&c[1..]) {
        return false;
    }
    let first = i64::from(c[0] - b'A') + 1;
    let sum = first / 10
        + cross_sum(&[b'0' + (first % 10) as u8], &[2])
        + cross_sum(&c[1..9], &[1, 2, 1, 2, 1, 2, 1, 2]);
    sum % 10 == value(c[9])
}

/// The serial number and its check digit (ICAO 9303), without letters that are mistaken for others.
fn de_document(c: &[u8]) -> bool {
    let serial = |byte: &u8| byte.is_ascii_digit() || b"CFGHJKLMNPRTVWXYZ".contains(byte);
    c.iter().all(serial)
        && digits(&c[8..])
        && c.iter().any(u8::is_ascii_digit)
        && sum_of_places(&c[..8], &[7, 3, 1, 7, 3, 1, 7, 3]) % 10 == value(c[8])
}

pub(super) fn de_passport(c: &[u8]) -> bool {
    b"CFGHJK".contains(&c[0]) && de_document(c)
}

pub(super) fn de_id_card(c: &[u8]) -> bool {
    b"LMNPRTVWXY".contains(&c[0]) && de_document(c)
}

fn de_handelsregister(c: &[u8]) -> bool {
    (c.starts_with(b"HRA") || c.starts_with(b"HRB")) && digits(&c[3..]) && c[3] != b'0'
}

fn de_lanr(c: &[u8]) -> bool {
    digits(c) && (sum(&c[..6], &[4, 9, 4, 9, 4, 9]) + value(c[6])) % 10 == 0
}

fn de_plz(c: &[u8]) -> bool {
    digits(c) && (1001..=99_998).contains(&number(c))
}

fn de_social_security(c: &[u8]) -> bool {
    let (day, month) = (number(&c[2..4]), number(&c[4..6]));
    if !digits(&c[..8])
        || !letters(&c[8..9])
        || !digits(&c[9..])
        || !(1..=31).contains(&(day % 50))
        || day >= 82
        || !(1..=12).contains(&month)
    {
        return false;
    }
    let letter = i64::from(c[8] - b'A') + 1;
    let sum = cross_sum(&c[..8], &[2, 1, 2, 5, 7, 1, 2, 1])
        + cross_sum(
            &[b'0' + (letter / 10) as u8, b'0' + (letter % 10) as u8],
            &[2, 1],
        )
        + cross_sum(&c[9..11], &[2, 1]);
    sum % 10 == value(c[11])
}

fn de_tax_id(c: &[u8]) -> bool {
    if !digits(c) || c[0] == b'0' {
        return false;
    }
    let mut counts = [0_u8; 10];
    for byte in &c[..10] {
        counts[usize::from(byte - b'0')] += 1;
    }
    // One digit stands twice or three times, the others once at most.
    counts.sort_unstable();
    matches!(counts[9], 2 | 3) && counts[8] <= 1 && mod_11_10(c)
}

/// As documentation writes it, with ten digits that all differ.
fn de_tax_id_form(c: &[u8]) -> bool {
    c[0] != b'0' && !all_alike(c) && mod_11_10(c)
}

/// Ten or eleven digits as the states write them, or thirteen that begin with the number of a state.
fn de_tax_number(c: &[u8]) -> bool {
    const STATES: [&[u8]; 16] = [
        b"28", b"9", b"11", b"30", b"24", b"22", b"26", b"40", b"23", b"5", b"27", b"10", b"32",
        b"31", b"21", b"41",
    ];
    digits(c) && (c.len() < 13 || c[4] == b'0' && STATES.iter().any(|state| c.starts_with(state)))
}

fn de_vat_id(c: &[u8]) -> bool {
    c.starts_with(b"DE") && c[2] != b'0' && mod_11_10(&c[2..])
}

fn dk_cpr(c: &[u8]) -> bool {
    let year = number(&c[4..6]);
    let century = match c[6] {
        b'5'..=b'8' if year >= 58 => 1800,
        b'0'..=b'3' => 1900,
        b'4' | b'9' if year >= 37 => 1900,
        _ => 2000,
    };
    digits(c) && date(century + year, number(&c[2..4]), number(&c[..2]))
}

fn dk_cvr(c: &[u8]) -> bool {
    digits(c) && c[0] != b'0' && sum(c, &[2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
}

/// Estonia and Lithuania share the rule.
fn ee_ik(c: &[u8]) -> bool {
    digits(c)
        && matches!(c[0], b'1'..=b'8')
        && date(
            1800 + (value(c[0]) - 1) / 2 * 100 + number(&c[1..3]),
            number(&c[3..5]),
            number(&c[5..7]),
        )
        && baltic(c)
}

fn baltic(c: &[u8]) -> bool {
    two_rows(
        &c[..10],
        &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1],
        &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3],
    ) == value(c[10])
}

fn ee_kmkr(c: &[u8]) -> bool {
    digits(c) && sum(c, &[3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 == 0
}

fn ee_reg(c: &[u8]) -> bool {
    digits(c)
        && b"1789".contains(&c[0])
        && two_rows(&c[..7], &[1, 2, 3, 4, 5, 6, 7], &[3, 4, 5, 6, 7, 8, 9]) == value(c[7])
}

const NIF: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

fn nif_letter(number: i64) -> u8 {
    NIF[usize::try_from(modulo(number, 23)).unwrap_or(0)]
}

/// Seven digits, where a leading nought was left out.
fn es_nif(c: &[u8]) -> bool {
    digits(body(c)) && c.last() == Some(&nif_letter(number(body(c))))
}

fn es_nie(c: &[u8]) -> bool {
    let first = match c[0] {
        b'X' => 0,
        b'Y' => 1,
        b'Z' => 2,
        _ => return false,
    };
    digits(&c[1..8]) && c[8] == nif_letter(first * 10_000_000 + number(&c[1..8]))
}

fn es_nif_klm(c: &[u8]) -> bool {
    b"KLM".contains(&c[0]) && digits(&c[1..8]) && c[8] == nif_letter(number(&c[1..8]))
}

fn es_cif(c: &[u8]) -> bool {
    if !b"ABCDEFGHJNPQRSUVW".contains(&c[0]) || !digits(&c[1..8]) {
        return false;
    }
    let check = modulo(-cross_sum(&c[1..8], &[2, 1, 2, 1, 2, 1, 2]), 10);
    value(c[8]) == check || b"JABCDEFGHI"[usize::try_from(check).unwrap_or(0)] == c[8]
}

fn es_ccc(c: &[u8]) -> bool {
    const WEIGHTS: [i64; 10] = [1, 2, 4, 8, 5, 10, 9, 7, 3, 6];
    let check = |sum: i64| match sum % 11 {
        rest @ (0 | 1) => rest,
        rest => 11 - rest,
    };
    digits(c)
        && check(sum(&c[..8], &WEIGHTS[2..])) == value(c[8])
        && check(sum(&c[10..], &WEIGHTS)) == value(c[9])
}

fn es_cups(c: &[u8]) -> bool {
    let rest = number(&c[2..18]) % 529;
    c.starts_with(b"ES")
        && digits(&c[2..18])
        && c[18..20] == [nif_letter(rest / 23), nif_letter(rest)]
        && (c.len() == 20 || c[20].is_ascii_digit() && b"FPRCXYZ".contains(&c[21]))
}

/// Without its sign where that is a dash or a plus: eleven characters with a letter for it, or ten.
fn fi_hetu(c: &[u8]) -> bool {
    let (century, rest) = match c.len() {
        10 => (1900, &c[6..]),
        _ if b"YXWVU".contains(&c[6]) => (1900, &c[7..]),
        _ if b"ABCDEF".contains(&c[6]) => (2000, &c[7..]),
        _ => return false,
    };
    let all = number(&c[..6]) * 1000 + number(&rest[..3]);
    digits(&c[..6])
        && digits(&rest[..3])
        && (2..900).contains(&number(&rest[..3]))
        && date(
            century + number(&c[4..6]),
            number(&c[2..4]),
            number(&c[..2]),
        )
        && rest[3] == b"0123456789ABCDEFHJKLMNPRSTUVWXY"[usize::try_from(all % 31).unwrap_or(0)]
}

fn fi_veronumero(c: &[u8]) -> bool {
    digits(c)
}

fn fi_ytunnus(c: &[u8]) -> bool {
    digits(c) && sum(c, &[7, 9, 10, 5, 8, 4, 2, 1]) % 11 == 0
}

fn fo_vn(c: &[u8]) -> bool {
    digits(c)
}

fn fr_nif(c: &[u8]) -> bool {
    digits(c) && c[0] < b'4' && number(&c[..10]) % 511 == number(&c[10..])
}

fn fr_nir(c: &[u8]) -> bool {
    let place = match &c[5..7] {
        b"2A" => 19,
        b"2B" => 18,
        place if digits(place) => number(place),
        _ => return false,
    };
    let whole = number(&c[..5]) * 100_000_000 + place * 1_000_000 + number(&c[7..13]);
    b"123478".contains(&c[0])
        && digits(&c[..5])
        && digits(&c[7..])
        && matches!(number(&c[3..5]), 1..=12 | 20..=42 | 50..=99)
        && 97 - whole % 97 == number(&c[13..])
}

fn fr_siren(c: &[u8]) -> bool {
    luhn(c)
}

fn fr_siret(c: &[u8]) -> bool {
    let all: i64 = c.iter().map(|byte| value(*byte)).sum();
    // The post has more establishments than Luhn's digit leaves numbers.
    let post = c.starts_with(b"356000000") && c != b"35600000000048";
    luhn(&c[..9]) && digits(c) && if post { all % 5 == 0 } else { luhn(c) }
}

fn fr_tva(c: &[u8]) -> bool {
    const KEY: &[u8] = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let siren = number(&c[2..]);
    if !digits(&c[2..]) || !(&c[2..5] == b"000" || luhn(&c[2..])) {
        return false;
    }
    if digits(c) {
        return (12 + 3 * (siren % 97)) % 97 == number(&c[..2]);
    }
    let (Some(first), Some(second)) = (place_in(KEY, c[0]), place_in(KEY, c[1])) else {
        return false;
    };
    let key = if c[0].is_ascii_digit() {
        first * 24 + second - 10
    } else {
        first * 34 + second - 100
    };
    modulo(siren + key.div_euclid(11) + 1, 11) == modulo(key, 11)
}

fn mc_tva(c: &[u8]) -> bool {
    &c[2..5] == b"000" && fr_tva(c)
}

fn gr_afm(c: &[u8]) -> bool {
    digits(c) && number(c) != 0 && sum(c, &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10 == value(c[8])
}

fn gr_amka(c: &[u8]) -> bool {
    luhn(c) && date_of_two(number(&c[4..6]), number(&c[2..4]), number(&c[..2]))
}

fn hr_oib(c: &[u8]) -> bool {
    mod_11_10(c)
}

fn hu_anum(c: &[u8]) -> bool {
    digits(c) && sum(c, &[9, 7, 3, 1, 9, 7, 3, 1]) % 10 == 0
}

const IE: &[u8; 23] = b"WABCDEFGHIJKLMNOPQRSTUV";

fn ie_letter(sum: i64) -> u8 {
    IE[usize::try_from(modulo(sum, 23)).unwrap_or(0)]
}

fn ie_pps(c: &[u8]) -> bool {
    let extra = match c.get(8) {
        None | Some(b'W' | b'T' | b'X') => 0,
        Some(b'A') => 9,
        Some(b'B') => 18,
        Some(b'H') => 72,
        Some(_) => return false,
    };
    digits(&c[..7]) && c[7] == ie_letter(falling(&c[..7], 8) + extra)
}

fn ie_vat(c: &[u8]) -> bool {
    if digits(&c[..7]) {
        let extra = c.get(8).map_or(Some(0), |letter| place_in(IE, *letter));
        return extra.is_some_and(|extra| c[7] == ie_letter(falling(&c[..7], 8) + 9 * extra));
    }
    digits(&c[..1])
        && letters(&c[1..2])
        && digits(&c[2..7])
        && c[7..].iter().all(|letter| IE.contains(letter))
        && c[7] == ie_letter(falling(&c[2..7], 7) + 2 * value(c[0]))
}

fn is_kennitala(c: &[u8]) -> bool {
    let day = number(&c[..2]);
    let century = match c[9] {
        b'9' => 1900,
        b'0' => 2000,
        _ => return false,
    };
    // Companies have 40 more.
    digits(c)
        && sum(c, &[3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
        && day < 80
        && date(
            century + number(&c[4..6]),
            number(&c[2..4]),
            if day >= 40 { day - 40 } else { day },
        )
}

fn is_vsk(c: &[u8]) -> bool {
    digits(c)
}

fn it_fiscal_code(c: &[u8]) -> bool {
    const ODD: [i64; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    const MONTHS: &[u8] = b"ABCDEHLMPRST";
    // Digits are replaced by letters where two people would share a code.
    const OTHERS: &[u8] = b"LMNPQRSTUV";
    let digit = |at: usize| {
        let byte = c[at];
        if byte.is_ascii_digit() {
            Some(value(byte))
        } else {
            place_in(OTHERS, byte)
        }
    };
    let (Some(ten), Some(one), Some(day_ten), Some(day_one)) =
        (digit(6), digit(7), digit(9), digit(10))
    else {
        return false;
    };
    let Some(month) = place_in(MONTHS, c[8]) else {
        return false;
    };
    if !alnum(c)
        || !letters(&c[..6])
        || !letters(&c[11..12])
        || !letters(&c[15..])
        || !(12..15).all(|at| digit(at).is_some())
    {
        return false;
    }
    let year = ten * 10 + one;
    let plain = |byte: u8| {
        if byte.is_ascii_digit() {
            value(byte)
        } else {
            place(byte) - 10
        }
    };
    let sum: i64 = c[..15]
        .iter()
        .enumerate()
        .map(|(at, byte)| {
            let plain = plain(*byte);
            if at % 2 == 0 {
                ODD[usize::try_from(plain).unwrap_or(0)]
            } else {
                plain
            }
        })
        .sum();
    place(c[15]) - 10 == sum % 26
        && date(
            (if year >= 20 { 1900 } else { 2000 }) + year,
            month + 1,
            (day_ten * 10 + day_one) % 40,
        )
}

/// The form without its check character.
fn it_fiscal_code_form(c: &[u8]) -> bool {
    letters(&c[..6])
        && digits(&c[6..8])
        && b"ABCDEHLMPRST".contains(&c[8])
        && digits(&c[9..11])
        && letters(&c[11..12])
        && digits(&c[12..15])
        && letters(&c[15..])
}

fn it_vat_code(c: &[u8]) -> bool {
    luhn(c) && number(&c[..7]) != 0 && matches!(number(&c[7..10]), 1..=100 | 120 | 121 | 888 | 999)
}

fn jmbg(c: &[u8]) -> bool {
    let year = number(&c[4..7]);
    digits(c)
        && date(
            year + if year < 800 { 2000 } else { 1000 },
            number(&c[2..4]),
            number(&c[..2]),
        )
        && modulo(-sum(c, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]), 11) % 10 == value(c[12])
}

fn li_peid(c: &[u8]) -> bool {
    digits(c)
}

fn lt_asmens(c: &[u8]) -> bool {
    ee_ik(c) || digits(c) && c[0] == b'9' && baltic(c)
}

fn lt_pvm(c: &[u8]) -> bool {
    const FIRST: [i64; 11] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2];
    const SECOND: [i64; 11] = [3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4];
    digits(c) && c[c.len() - 2] == b'1' && two_rows(body(c), &FIRST, &SECOND) == last(c)
}

fn lu_tva(c: &[u8]) -> bool {
    digits(c) && number(&c[..6]) % 89 == number(&c[6..])
}

fn lv_pk(c: &[u8]) -> bool {
    // Since 2017 numbers begin with 32 and say nothing of the birthday.
    let dated = || {
        date(
            1800 + 100 * value(c[6]) + number(&c[4..6]),
            number(&c[2..4]),
            number(&c[..2]),
        )
    };
    digits(c)
        && c[0] <= b'3'
        && (c.starts_with(b"32") || dated())
        && (1 + sum(c, &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9])) % 11 % 10 == value(c[10])
}

fn lv_pvn(c: &[u8]) -> bool {
    digits(c) && c[0] > b'3' && sum(c, &[9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1]) % 11 == 3
}

fn md_idno(c: &[u8]) -> bool {
    digits(c) && sum(c, &[7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1]) % 10 == value(c[12])
}

fn me_pib(c: &[u8]) -> bool {
    digits(c) && modulo(-falling(&c[..7], 8), 11) % 10 == value(c[7])
}

fn mk_edb(c: &[u8]) -> bool {
    digits(c) && modulo(-sum(c, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]), 11) % 10 == value(c[12])
}

fn mt_vat(c: &[u8]) -> bool {
    digits(c) && c[0] != b'0' && sum(c, &[3, 4, 6, 7, 8, 9, 10, 1]) % 37 == 0
}

fn nl_bsn(c: &[u8]) -> bool {
    digits(c) && number(c) != 0 && modulo(falling(&c[..8], 9) - value(c[8]), 11) == 0
}

fn nl_btw(c: &[u8]) -> bool {
    digits(&c[..9])
        && number(&c[..9]) != 0
        && c[9] == b'B'
        && digits(&c[10..])
        && number(&c[10..]) != 0
        && (nl_bsn(&c[..9]) || spread_modulo(b"NL".iter().chain(c).copied(), 97) == 1)
}

fn nl_onderwijsnummer(c: &[u8]) -> bool {
    digits(c) && c.starts_with(b"10") && modulo(falling(&c[..8], 9) - value(c[8]), 11) == 5
}

pub(super) fn nl_passport(c: &[u8]) -> bool {
    letters(&c[..2]) && digits(&c[8..]) && !c.contains(&b'O')
}

fn no_fnr(c: &[u8]) -> bool {
    let (mut day, mut month, year, order) = (
        number(&c[..2]),
        number(&c[2..4]),
        number(&c[4..6]),
        number(&c[6..9]),
    );
    // 40 more on the day for those who stay a while, on the month where no number is known.
    day -= if day > 40 { 40 } else { 0 };
    month -= if month > 40 { 40 } else { 0 };
    let century = match order {
        0..500 => 1900,
        500..750 if year >= 54 => 1800,
        _ if year < 40 => 2000,
        900.. => 1900,
        _ => return false,
    };
    digits(c)
        && sum(c, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 == 0
        && sum(c, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
        && date(century + year, month, day)
}

fn no_konto(c: &[u8]) -> bool {
    if c.starts_with(b"0000") {
        return luhn(&c[4..]);
    }
    digits(c) && sum(c, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
}

fn no_orgnr(c: &[u8]) -> bool {
    digits(c) && sum(c, &[3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
}

fn pl_nip(c: &[u8]) -> bool {
    digits(c) && sum(c, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == value(c[9])
}

fn pl_pesel(c: &[u8]) -> bool {
    let month = number(&c[2..4]);
    let century = match month / 20 {
        0 => 1900,
        1 => 2000,
        2 => 2100,
        3 => 2200,
        _ => 1800,
    };
    digits(c)
        && sum(c, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 == 0
        && date(century + number(&c[..2]), month % 20, number(&c[4..6]))
}

fn pl_regon(c: &[u8]) -> bool {
    digits(c)
        && sum(c, &[8, 9, 2, 3, 4, 5, 6, 7]) % 11 % 10 == value(c[8])
        && (c.len() == 9
            || sum(c, &[2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8]) % 11 % 10 == value(c[13]))
}

fn pt_cc(c: &[u8]) -> bool {
    let sum: i64 = c
        .iter()
        .enumerate()
        .map(|(at, byte)| {
            let place = place(*byte);
            match at % 2 {
                0 if place > 4 => place * 2 - 9,
                0 => place * 2,
                _ => place,
            }
        })
        .sum();
    digits(&c[..9]) && alnum(&c[9..11]) && digits(&c[11..]) && sum % 10 == 0
}

fn pt_nif(c: &[u8]) -> bool {
    let rest = falling(&c[..8], 9) % 11;
    digits(c) && c[0] != b'0' && (if rest < 2 { 0 } else { 11 - rest }) == value(c[8])
}

fn ro_cnp(c: &[u8]) -> bool {
    let century = match c[0] {
        b'3' | b'4' => 1800,
        b'5' | b'6' => 2000,
        b'0' => return false,
        _ => 1900,
    };
    let check = sum(c, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    digits(c)
        && date(
            century + number(&c[1..3]),
            number(&c[3..5]),
            number(&c[5..7]),
        )
        && matches!(number(&c[7..9]), 1..=48 | 51 | 52 | 70 | 80..=83)
        && (if check == 10 { 1 } else { check }) == value(c[12])
}

fn ro_cui(c: &[u8]) -> bool {
    const WEIGHTS: [i64; 9] = [7, 5, 3, 2, 1, 7, 5, 3, 2];
    let body = body(c);
    digits(c) && c[0] != b'0' && sum(body, &WEIGHTS[9 - body.len()..]) * 10 % 11 % 10 == last(c)
}

fn ro_onrc(c: &[u8]) -> bool {
    let (year, county) = (number(&c[1..5]), number(&c[11..13]));
    let counties = matches!(county, 1..=40 | 51 | 52);
    let sum: i64 = c[1..13].iter().map(|byte| value(*byte)).sum();
    b"JFC".contains(&c[0])
        && digits(&c[1..])
        && match year {
            1990..2024 => counties,
            2024 => counties || county == 0,
            2025..2100 => county == 0,
            _ => false,
        }
        && (sum + i64::from(c[0]) % 10) % 10 == value(c[13])
}

fn rs_pib(c: &[u8]) -> bool {
    mod_11_10(c)
}

fn ru_inn(c: &[u8]) -> bool {
    const WEIGHTS: [i64; 11] = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
    let check = |from: usize, at: usize| sum(&c[..at], &WEIGHTS[from..]) % 11 % 10 == value(c[at]);
    digits(c)
        && if c.len() == 10 {
            check(2, 9)
        } else {
            check(1, 10) && check(0, 11)
        }
}

fn ru_ogrn(c: &[u8]) -> bool {
    digits(c)
        && if c.len() == 13 {
            c[0] != b'0' && number(&c[..12]) % 11 % 10 == value(c[12])
        } else {
            matches!(c[0], b'3' | b'4')
                && number(&c[..14]) % 13 % 10 == value(c[14])
                && number(&c[..14]) % 13 < 10
        }
}

fn se_organisationsnummer(c: &[u8]) -> bool {
    luhn(c) && value(c[2]) >= 2
}

fn se_personnummer(c: &[u8]) -> bool {
    let short = &c[c.len() - 10..];
    let (month, day) = (number(&short[2..4]), number(&short[4..6]));
    // A co-ordination number has sixty more on the day.
    let day = if day > 60 { day - 60 } else { day };
    let dated = if c.len() == 12 {
        date(number(&c[..4]), month, day)
    } else {
        date_of_two(number(&short[..2]), month, day)
    };
    digits(c) && luhn(short) && dated
}

fn se_vat(c: &[u8]) -> bool {
    c.ends_with(b"01") && luhn(&c[..10])
}

fn si_ddv(c: &[u8]) -> bool {
    let rest = falling(&c[..7], 8) % 11;
    digits(c) && c[0] != b'0' && rest != 0 && (11 - rest) % 10 == value(c[7])
}

fn si_maticna(c: &[u8]) -> bool {
    let rest = falling(&c[..6], 7) % 11;
    digits(c) && rest != 0 && (11 - rest) % 10 == value(c[6])
}

fn sk_dph(c: &[u8]) -> bool {
    cz_rc(c) || digits(c) && c[0] != b'0' && b"234789".contains(&c[2]) && number(c) % 11 == 0
}

fn sm_coe(c: &[u8]) -> bool {
    digits(c)
}

fn ua_edrpou(c: &[u8]) -> bool {
    let (first, second) = match c[0] {
        b'3'..=b'5' => ([7, 1, 2, 3, 4, 5, 6], [9, 3, 4, 5, 6, 7, 8]),
        _ => ([1, 2, 3, 4, 5, 6, 7], [3, 4, 5, 6, 7, 8, 9]),
    };
    digits(c) && two_rows(&c[..7], &first, &second) == value(c[7])
}

fn ua_rntrc(c: &[u8]) -> bool {
    digits(c) && modulo(sum(c, &[-1, 5, 7, 9, 4, 6, 10, 5, 7]), 11) % 10 == value(c[9])
}

fn uk_nhs(c: &[u8]) -> bool {
    digits(c) && falling(c, 10) % 11 == 0
}

fn uk_nino(c: &[u8]) -> bool {
    const UNUSED: [&[u8]; 7] = [b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"];
    letters(&c[..2])
        && !b"DFIQUV".contains(&c[0])
        && !b"DFIOQUV".contains(&c[1])
        && !UNUSED.contains(&&c[..2])
        && digits(&c[2..8])
        && b"ABCD".contains(&c[8])
}

fn uk_upn(c: &[u8]) -> bool {
    const LETTERS: &[u8; 33] = b"ABCDEFGHJKLMNPQRTUVWXYZ0123456789";
    let places = c[1..]
        .iter()
        .zip(2..)
        .map(|(byte, at)| place_in(LETTERS, *byte).map(|place| place * at));
    let Some(sum) = places.sum::<Option<i64>>() else {
        return false;
    };
    digits(&c[1..12])
        && (201..=938).contains(&number(&c[1..4]))
        && LETTERS[usize::try_from(sum % 23).unwrap_or(0)] == c[0]
}

fn uk_utr(c: &[u8]) -> bool {
    let rest = sum(&c[1..], &[6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11;
    digits(c) && b"21987654321"[usize::try_from(rest).unwrap_or(0)] == c[0]
}

fn uk_vat(c: &[u8]) -> bool {
    let rest = sum(&c[..9], &[8, 7, 6, 5, 4, 3, 2, 10, 1]) % 97;
    digits(c) && (rest == 0 || c[0] != b'0' && matches!(rest, 42 | 55))
}
