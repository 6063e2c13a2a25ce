"""What identifiers look like: how a value is drawn, how people write it, and the words that stand near it.

A template draws a value, one sign after the other:

    #   a digit             @   a capital letter        ^   a capital letter or a digit
    ?   a digit, and        !   a capital letter or a digit, that makes the value a right one
    [A-F0-9]  one of these characters                   {ab|cd}  one of these words
    {Y} {YYYY} {M} {D}  parts of one date, {M+20} with a number added to it
    {county}  one of a table of `oracle.py`, by its name

`~1940-1999~` in front of a template bounds the year of its date. A writing has an X for every character of the value; the
empty one writes it in one piece. The first writing is the usual one.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of identifier, by the name that Marshal has for it."""

    name: str
    # The module of python-stdnum that judges it, if there is one.
    module: str
    templates: tuple[str, ...]
    writings: tuple[str, ...]
    words: tuple[str, ...]
    # Whether only a word near it says what it is: its digits alone would be those of many a number.
    needs_word: bool
    # Whether a value of the right form can be wrong.
    checked: bool


KINDS: dict[str, Kind] = {}


def kind(name: str, module: str, templates: str, writings: str, words: str, needs_word: bool = False, checked: bool = True) -> None:
    """Adds a kind. Templates are parted by blanks, writings and words by bars."""
    KINDS[name] = Kind(name, module, tuple(templates.split()), tuple(writings.split("|")), tuple(words.split("|")), needs_word, checked)


# Those that are asked for most.
kind("LEI_CODE", "lei", "{2138|5299|5493|9695|3157|8945|W22L}00^^^^^^^^^^^^??", "|XXXX XX XXXXXXXXXXXX XX", "LEI|Legal Entity Identifier")
kind(
    "MX_CURP", "mx.curp",
    "~1940-1999~[BCDFGLMPRST][AEIO][CDGLMRS][BDFGJNPW]{Y}{M}{D}[HM]{AS|BC|CL|CS|DF|JC|MN|NL|OC|PL|SR|VZ|NE}{consonant}{consonant}{consonant}#? "
    "~2000-2020~[BCDFGLMPRST][AEIO][CDGLMRS][BDFGJNPW]{Y}{M}{D}[HM]{AS|BC|CL|DF|JC|NL}{consonant}{consonant}{consonant}[ABC]?",
    "|", "CURP|clave única de registro de población|población",
)
kind("CN_RIC", "cn.ric", "{county}{YYYY}{M}{D}###!", "|XXXXXX XXXXXXXX XXXX", "身份证|身份证号码|resident identity card|ID card")
kind(
    "VIN", "",
    "[1-5JKSWVYZL]{chassis}{chassis}{chassis}{chassis}{chassis}##![ABCDEFGHJKLMNPRSTVWXY1-9]{chassis}######",
    "|", "VIN|chassis|vehicle|Fahrgestellnummer",
)
kind(
    "IT_FISCAL_CODE", "it.codicefiscale",
    "~1930-2015~{initial}{initial}{third}{initial}{initial}{third}{Y}{month}{D}[A-MZ]###! "
    "~1930-2015~@@@@@@{Y}{month}{D+40}[A-MZ]##[LMNPQRSTUV]!",
    "|XXX XXX XXXXX XXXXX|XXXXXX XXXXX XXXXX", "codice fiscale|C.F.|cod. fisc.|tax code",
)
kind("IN_GSTIN", "in_.gstin", "{01|07|09|19|24|27|29|33|36}@@@[CPFHT]@####@[1-9]Z!", "|", "GSTIN|GST|GST number", checked=False)
kind(
    "FR_NIR", "fr.nir",
    "[12]{Y}{M}{department}######?? [12]{Y}{M}{2A|2B}######?? ~1950-1999~[1278]{Y}[2-3]#99######??",
    "|X XX XX XX XXX XXX XX|XXXXXXXXXXXXX XX|X XX XX XXXXX XXX XX", "numéro de sécurité sociale|sécurité sociale|NIR|INSEE|social security",
)
kind("IMEI", "imei", "{35|86|01}############?", "|XX-XXXXXX-XXXXXX-X|XXXXXXXX-XXXXXX-X", "IMEI|device|handset", needs_word=True)
kind("BR_CNPJ", "br.cnpj", "########0001?? ^^^^^^^^^^^^??", "XX.XXX.XXX/XXXX-XX|", "CNPJ|empresa|inscrição")
kind(
    "KR_RRN", "kr.rrn",
    "{Y}{M}{D}[12][0-8]####? ~2000-2020~{Y}{M}{D}[34][0-8]####?",
    "XXXXXX-XXXXXXX|", "주민등록번호|주민번호|resident registration number|RRN", checked=False,
)
kind("KR_FRN", "", "{Y}{M}{D}[56]#####? ~2000-2020~{Y}{M}{D}[78]#####?", "XXXXXX-XXXXXXX|", "외국인등록번호|외국인|foreigner registration|FRN", checked=False)
kind("ZA_ID_NUMBER", "za.idnr", "{Y}{M}{D}####[01]8?", "|XXXXXX XXXX XX X|XXXXXX XXXX XXX", "ID number|South African ID|RSA ID|identiteitsnommer")
kind("TH_TNIN", "th.pin", "[1-8]{province}#########?", "X-XXXX-XXXXX-XX-X|", "เลขประจำตัวประชาชน|บัตรประชาชน|Thai ID|national ID")
kind("CH_AHV", "ch.ssn", "756#########?", "XXX.XXXX.XXXX.XX|", "AHV|AHV-Nummer|AVS|NAVS13")
kind("RO_CNP", "ro.cnp", "[12]{Y}{M}{D}{judet}###? ~2000-2020~[56]{Y}{M}{D}{judet}###?", "|", "CNP|cod numeric personal|personal code")
kind("DE_SOCIAL_SECURITY", "", "{pension}{D}{M}{Y}@##?", "|XX XXXXXX X XXX", "Sozialversicherungsnummer|Rentenversicherung|RVNR|Versicherungsnummer")
kind("IN_AADHAAR", "in_.aadhaar", "[2-9]##########?", "XXXX XXXX XXXX|", "Aadhaar|आधार|UIDAI")
kind("JP_MY_NUMBER", "jp.in_", "###########?", "XXXX XXXX XXXX|", "マイナンバー|個人番号|My Number", needs_word=True)
kind("ISIN", "isin", "{US|DE|GB|FR|CH|XS|JP|NL|SE}^^^^^^^^^?", "|", "ISIN|Wertpapier|security")
kind(
    "MX_RFC", "mx.rfc",
    "[BCDGLMPR][AEIO][CDGLMRS][BDFGJNPW]{Y}{M}{D}^^[0-9A] @@@{Y}{M}{D}^^[0-9A]",
    "|XXXX XXXXXX XXX|XXX XXXXXX XXX|XXXX-XXXXXX-XXX|XXX-XXXXXX-XXX", "RFC|registro federal de contribuyentes|contribuyente", needs_word=True, checked=False,
)
kind("US_MBI", "", "[1-9]{insurer}{insured}#{insurer}{insured}#{insurer}{insurer}##", "XXXX-XXX-XXXX|", "Medicare|MBI|beneficiary", checked=False)
kind("BR_CPF", "br.cpf", "#########??", "XXX.XXX.XXX-XX|", "CPF|cadastro de pessoas físicas|contribuinte")
kind("PL_PESEL", "pl.pesel", "~1930-1999~{Y}{M}{D}####? ~2000-2020~{Y}{M+20}{D}####?", "|", "PESEL|numer PESEL|ewidencyjny")
kind("DE_TAX_ID", "de.idnr", "{digits}?", "XX XXX XXX XXX|", "Steuer-ID|Identifikationsnummer|IdNr|Steueridentifikationsnummer|tax ID")
kind("TR_NATIONAL_ID", "tr.tckimlik", "[1-9]########??", "|", "T.C. Kimlik No|TCKN|kimlik")
kind(
    "NO_FNR", "no.fodselsnummer",
    "~1940-1999~{D}{M}{Y}[0-4]##?? ~2000-2020~{D}{M}{Y}[5-9]##?? ~1940-1999~{D+40}{M}{Y}[0-4]##??",
    "XXXXXX XXXXX|", "fødselsnummer|personnummer|fnr|D-nummer",
)
kind(
    "BE_NRN", "be.ssn",
    "~1940-1999~{Y}{M}{D}###?? ~2000-2020~{Y}{M}{D}###?? ~1940-1999~{Y}{M+40}{D}###?? ~1940-1999~{Y}{M+20}{D}###??",
    "XX.XX.XX-XXX.XX|XXXXXX-XXX-XX|", "rijksregisternummer|numéro de registre national|NISS|INSZ",
)
kind("AR_CUIT", "ar.cuit", "{20|23|24|27|30|33|34}########?", "XX-XXXXXXXX-X|", "CUIT|CUIL|clave única")
kind("AU_ABN", "au.abn", "??#########", "XX XXX XXX XXX|", "ABN|Australian Business Number|business number")
kind(
    "EE_IK", "ee.ik",
    "~1930-1999~[34]{Y}{M}{D}###? ~2000-2020~[56]{Y}{M}{D}###?",
    "|", "isikukood|personal code|personal identification code", needs_word=True,
)
kind("HR_OIB", "hr.oib", "##########?", "|", "OIB|osobni identifikacijski broj|personal identification number", needs_word=True)
kind("IT_VAT_CODE", "it.iva", "#######0[1-9]#?", "|", "partita IVA|P.IVA|P. IVA|VAT number")
kind("DE_VAT_ID", "de.vat", "DE[1-9]#######?", "|XX XXXXXXXXX|XX XXX XXX XXX", "USt-IdNr.|Umsatzsteuer|VAT ID|VAT")
kind(
    "FI_HETU", "fi.hetu",
    "~1930-1999~{D}{M}{Y}-[1-8]##! ~2000-2020~{D}{M}{Y}A[1-8]##! ~1930-1999~{D}{M}{Y}[YXWVU][1-8]##! "
    "~2000-2020~{D}{M}{Y}[BCDEF][1-8]##!",
    "", "henkilötunnus|HETU|personbeteckning|personal identity code",
)
kind(
    "SE_PERSONNUMMER", "se.personnummer",
    "{Y}{M}{D}###? {YYYY}{M}{D}###? {Y}{M}{D+60}###?",
    "XXXXXX-XXXX|XXXXXXXX-XXXX|", "personnummer|samordningsnummer|personal identity number",
)
kind(
    "SE_ORGANISATIONSNUMMER", "se.orgnr",
    "{55|20|71|76|80|96}[2-9]######?",
    "XXXXXX-XXXX|", "organisationsnummer|org.nr|orgnr|company registration number",
)
kind("DE_HEALTH_INSURANCE", "", "@########?", "|", "Krankenversichertennummer|KVNR|Krankenkasse|Versichertennummer")
kind("UK_NHS", "gb.nhs", "[4679]########?", "XXX XXX XXXX|XXX-XXX-XXXX|", "NHS number|NHS|National Health Service")
kind("US_NPI", "", "[12]########?", "|XXXX-XXX-XXX|XXXX XXX XXX", "NPI|provider|National Provider Identifier", needs_word=True)
kind("KR_BRN", "kr.brn", "[1-6][1-9]#[1-8]#####?", "XXX-XX-XXXXX|", "사업자등록번호|사업자|business registration number|BRN")
kind("IN_PAN", "in_.pan", "@@@[PCHFATBLJGK]@####@", "|", "PAN|Permanent Account Number|income tax", checked=False)
kind("TW_ID", "", "[A-Z][1289]#######?", "|", "身分證字號|身分證|Taiwan ID|national ID")
kind("PL_NIP", "pl.nip", "[1-9]########?", "XXX-XXX-XX-XX|XXX-XX-XX-XXX|", "NIP|numer identyfikacji podatkowej|tax number")
kind(
    "CZ_RC", "cz.rc",
    "~1954-1999~{Y}{M}{D}###? ~1954-1999~{Y}{M+50}{D}###? ~2004-2020~{Y}{M+20}{D}###? ~1930-1953~{Y}{M}{D}###",
    "XXXXXX/XXXX|XXXXXX/XXX|", "rodné číslo|rodne cislo|RČ|birth number",
)
kind("BG_EGN", "bg.egn", "~1930-1999~{Y}{M}{D}###? ~2000-2020~{Y}{M+40}{D}###?", "|", "ЕГН|EGN|единен граждански номер", needs_word=True)
kind("AT_SVNR", "at.vnr", "[1-9]##?{D}{M}{Y}", "XXXX XXXXXX|", "Sozialversicherungsnummer|SVNR|SV-Nr|Versicherungsnummer")
kind("AU_MEDICARE", "", "[2-6]#######?[1-9]", "XXXX XXXXX X|", "Medicare|Medicare card|Medicare number")
kind(
    "DK_CPR", "dk.cpr",
    "~1940-1999~{D}{M}{Y}[0-3]### ~2000-2020~{D}{M}{Y}[4-9]###",
    "XXXXXX-XXXX|", "CPR-nummer|CPR|personnummer", needs_word=True, checked=False,
)
kind("EC_CI", "ec.ci", "{01|09|17|10|24}[0-5]######?", "|XXXXXXXXX-X", "cédula|cédula de identidad|cedula", needs_word=True)
kind("ES_NIF", "es.dni", "########!", "|XXXXXXXX-X", "DNI|NIF|documento nacional de identidad")
kind("ES_NIE", "es.nie", "[XYZ]#######!", "|X-XXXXXXX-X", "NIE|número de identidad de extranjero|extranjero")
kind("SG_NRIC_FIN", "", "[STFGM]#######!", "|", "NRIC|FIN|identity card")
kind("UK_NINO", "", "[ABCEGHJKLMNOPRSTWXYZ][ABCEGHJKLMNPRSTWXYZ]######[ABCD]", "XX XX XX XX X|", "National Insurance|NI number|NINO", checked=False)
kind("MEDICAL_LICENSE", "", "[ABFGMPR]@######?", "|", "DEA|DEA number|license")
kind("CA_SIN", "ca.sin", "[1-79]#######?", "XXX-XXX-XXX|XXX XXX XXX|", "SIN|Social Insurance Number|NAS")
kind("US_ITIN", "us.itin", "9##{50|55|65|70|75|80|88|90|92|94|99}####", "XXX-XX-XXXX|", "ITIN|taxpayer|Individual Taxpayer", checked=False)
kind("ABA_ROUTING_NUMBER", "us.rtn", "{02|03|04|05|06|07|08|09|10|11|12|21|26|31|32}######?", "|XXXX-XXXX-X", "routing number|ABA|RTN|bank")
kind("AU_TFN", "au.tfn", "[1-9]#######? [1-9]######?", "XXX XXX XXX|", "TFN|tax file number|ATO")
kind("AU_ACN", "au.acn", "########?", "XXX XXX XXX|", "ACN|Australian Company Number|company")
kind("NL_BSN", "nl.bsn", "########?", "|XXXX.XX.XXX|XXX XXX XXX", "BSN|burgerservicenummer|sofinummer", needs_word=True)
kind("PT_NIF", "pt.nif", "[1256]#######?", "|XXX XXX XXX", "NIF|contribuinte|número de contribuinte", needs_word=True)
kind("GR_AFM", "gr.vat", "{0|1|9|8}#######?", "|", "ΑΦΜ|AFM|αριθμός φορολογικού μητρώου", needs_word=True)
kind("PL_REGON", "pl.regon", "########? ########?####?", "|", "REGON|numer REGON|GUS", needs_word=True)
kind("IL_ID", "il.idnr", "[0-3]#######?", "|XXXXXXXX-X", "תעודת זהות|מספר זהות|teudat zehut|Israeli ID", needs_word=True)
kind("NZ_IRD", "nz.ird", "{1|2|4|5|7|8|9}######? 1[0-4]######?", "XX-XXX-XXX|XXX-XXX-XXX|", "IRD|Inland Revenue|IRD number", needs_word=True)
kind("IE_PPS", "ie.pps", "#######! #######![ABHWTX]", "|", "PPS|PPSN|Personal Public Service")
kind("CL_RUT", "cl.rut", "[1-9]######! 1#######! 2#######!", "XX.XXX.XXX-X|X.XXX.XXX-X|XXXXXXXX-X|XXXXXXX-X|", "RUT|RUN|rol único tributario")

# Other countries.
kind("AD_NRT", "ad.nrt", "[CDEGOPUF][0-6]#####[A-Z]", "X-XXXXXX-X|", "NRT|número de registre tributari", needs_word=True, checked=False)
kind("AL_NIPT", "al.nipt", "[A-M]########[A-Z]", "|", "NIPT|NUIS|numri i identifikimit", needs_word=True, checked=False)
kind("AR_CBU", "ar.cbu", "#######?#############?", "|XXXXXXXX XXXXXXXXXXXXXX", "CBU|clave bancaria uniforme")
kind("AR_DNI", "ar.dni", "[1-4]#######", "XX.XXX.XXX|", "DNI|documento nacional de identidad", needs_word=True, checked=False)
kind("AT_TIN", "at.tin", "{office}######?", "XX-XXX/XXXX|XX XXX/XXXX|", "Steuernummer|Abgabenkontonummer|StNr", needs_word=True)
kind("AT_UID", "at.uid", "U#######?", "|", "UID|ATU|USt-IdNr|Umsatzsteuer")
kind("AZ_VOEN", "az.voen", "########?[12]", "|", "VÖEN|VOEN|vergi", needs_word=True)
kind("BE_VAT", "be.vat", "[01]#######??", "XXXX.XXX.XXX|", "ondernemingsnummer|numéro d'entreprise|BTW|TVA")
kind("BE_EID", "be.eid", "59########??", "XXX-XXXXXXX-XX|", "identiteitskaart|carte d'identité|eID")
kind("BG_PNF", "bg.pnf", "#########?", "|", "ЛНЧ|LNCH|личен номер на чужденец", needs_word=True)
kind("BG_VAT", "bg.vat", "[1-9]#######? #########?", "|", "ДДС|БУЛСТАТ|ЕИК|VAT", needs_word=True)
kind("BY_UNP", "by.unp", "[1-7]#######? [ABCEHKM][ABCEHKMOPT]######?", "|", "УНП|UNP|учетный номер плательщика", needs_word=True)
kind("CA_BC_PHN", "ca.bc_phn", "9########?", "XXXX XXX XXX|", "PHN|personal health number|BC Services Card")
kind(
    "CA_BN", "ca.bn",
    "########? ########?{RC|RM|RP|RT}0001",
    "|XXXXX XXXX|XXXXX XXXX XX XXXX", "business number|BN|GST/HST|numéro d'entreprise", needs_word=True,
)
kind("CH_UID", "ch.uid", "CHE########?", "XXX-XXX.XXX.XXX|", "UID|MWST|IDE|TVA")
kind("CN_USCC", "cn.uscc", "9{1|2|3}{county}{unified}{unified}#######!", "|", "统一社会信用代码|信用代码|unified social credit code")
kind("CO_NIT", "co.nit", "[89]########?", "XXX.XXX.XXX-X|XXXXXXXXX-X|", "NIT|RUT|número de identificación tributaria")
kind("CR_CPF", "cr.cpf", "0[1-9]0###0###", "XX-XXXX-XXXX|", "cédula|cédula física|identidad", needs_word=True, checked=False)
kind("CR_CPJ", "cr.cpj", "3{101|102|004|105}######", "X-XXX-XXXXXX|", "cédula jurídica|cédula|persona jurídica", needs_word=True, checked=False)
kind("CR_DIMEX", "cr.cr", "1##########", "|", "DIMEX|cédula de residencia|residencia", needs_word=True, checked=False)
kind("CU_NI", "cu.ni", "{Y}{M}{D}[0-5]####", "|", "carné de identidad|número de identidad|CI", needs_word=True, checked=False)
kind("CY_VAT", "cy.vat", "[0-9][013-9]######!", "|", "ΦΠΑ|VAT|ΑΦΤ|TIC", needs_word=True)
kind("CZ_DIC", "cz.dic", "[0-8]######? 6#######?", "|", "DIČ|IČO|DIC|VAT", needs_word=True)
kind(
    "DE_TAX_NUMBER", "de.stnr",
    "9###0######## {28|11|30|24|22|26|40|23|27|10|32|31|21|41}##0######## 5###0########",
    "|", "Steuernummer|St.-Nr.|Steuer-Nr.|tax number", needs_word=True, checked=False,
)
kind("DK_CVR", "dk.cvr", "[1-9]######?", "|XX XX XX XX", "CVR|CVR-nr|SE-nummer|momsnummer", needs_word=True)
kind("DO_CEDULA", "do.cedula", "{001|031|402|224}#######?", "XXX-XXXXXXX-X|", "cédula|cédula de identidad|JCE")
kind("DO_RNC", "do.rnc", "[145]#######?", "X-XX-XXXXX-X|", "RNC|registro nacional del contribuyente")
kind(
    "DZ_NIF", "dz.nif",
    "{000|001|099|408|416}############",
    "|XXX XXX XXX XXX XXX", "NIF|numéro d'identification fiscale", needs_word=True, checked=False,
)
kind("EC_RUC", "ec.ruc", "{17|09|01}[0-5]######?001 {17|09}9######?001 {17|09}6#####?0001", "|XXXXXXXXXX-XXX", "RUC|registro único de contribuyentes")
kind("EE_KMKR", "ee.kmkr", "10######?", "|", "KMKR|käibemaksukohustuslase|VAT", needs_word=True)
kind("EE_REG", "ee.registrikood", "[1789]######?", "|", "registrikood|registry code|äriregister", needs_word=True)
kind("EG_TN", "eg.tn", "[1-7]########", "XXX-XXX-XXX|", "الرقم الضريبي|رقم التسجيل الضريبي|tax registration", needs_word=True, checked=False)
kind("ES_CIF", "es.cif", "[ABEFGHJUV]#######? [NPQRSW]#######!", "|X-XXXXXXXX|X-XXXXXXX-X", "CIF|NIF|sociedad")
kind("ES_NIF_KLM", "es.nif", "[KLM]#######!", "|X-XXXXXXX-X", "NIF|DNI")
kind("ES_CUPS", "es.cups", "ES00{21|22|23|26|31}############!!", "|XX XXXX XXXX XXXX XXXX XX", "CUPS|punto de suministro|suministro")
kind("ES_CCC", "es.ccc", "########??##########", "XXXX XXXX XX XXXXXXXXXX|XXXX-XXXX-XX-XXXXXXXXXX|", "CCC|cuenta corriente|cuenta bancaria")
kind("FI_YTUNNUS", "fi.ytunnus", "[0-3]######?", "XXXXXXX-X|", "Y-tunnus|ALV|FO-nummer|business ID")
kind("FI_VERONUMERO", "fi.veronumero", "1##########?", "|", "veronumero|tax number", needs_word=True, checked=False)
kind("FO_VN", "fo.vn", "[1-6]#####", "|", "vinnutal|V-tal|MVG", needs_word=True, checked=False)
kind("FR_NIF", "fr.nif", "[0-3]#########???", "|XX XX XXX XXX XXX", "numéro fiscal|SPI|référence fiscale", needs_word=True)
kind("FR_SIREN", "fr.siren", "[3-9]#######?", "XXX XXX XXX|", "SIREN|RCS|numéro SIREN")
kind("FR_SIRET", "fr.siret", "[3-9]#######?0001?", "XXX XXX XXX XXXXX|", "SIRET|établissement|numéro SIRET")
kind("FR_TVA", "fr.tva", "??{siren}", "|", "TVA|TVA intracommunautaire|VAT", needs_word=True)
kind("MC_TVA", "mc.tva", "??000######", "|", "TVA|Monaco|TVA intracommunautaire", needs_word=True)
kind("UK_UTR", "gb.utr", "?#########", "XXXXX XXXXX|", "UTR|Unique Taxpayer Reference|self assessment")
kind("UK_UPN", "gb.upn", "!{201|302|330|801|938}2########", "|", "UPN|pupil|unique pupil number")
kind("UK_VAT", "gb.vat", "[1-9]######??", "XXX XXXX XX|", "VAT|VAT number|VAT registration")
kind("GH_TIN", "gh.tin", "[PCGQV]00#######!", "|", "TIN|Ghana|GRA")
kind("GN_NIFP", "gn.nifp", "########?", "XXX-XXX-XXX|", "NIF|NIFp|Guinée")
kind("GR_AMKA", "gr.amka", "{D}{M}{Y}####?", "|", "ΑΜΚΑ|AMKA|κοινωνικής ασφάλισης")
kind("GT_NIT", "gt.nit", "[1-9]######!", "XXXXXXX-X|", "NIT|número de identificación tributaria")
kind("HU_ANUM", "hu.anum", "[1-9]######?", "|", "adószám|közösségi adószám|VAT", needs_word=True)
kind("ID_NIK", "id.nik", "{regency}##{D}{M}{Y}#### {regency}##{D+40}{M}{Y}####", "|", "NIK|KTP|nomor induk kependudukan", checked=False)
kind("ID_NPWP", "id.npwp", "[0-9]#######?{091|017|404|526}000", "XX.XXX.XXX.X-XXX.XXX|", "NPWP|nomor pokok wajib pajak")
kind("IE_VAT", "ie.vat", "#######! #######!A #[A-Z]#####!", "|", "VAT|IE VAT|tax reference", needs_word=True)
kind("IL_HP", "il.hp", "5#######?", "|XX-XXXXXX-X", "ח.פ.|מספר חברה|company number", needs_word=True)
kind("IN_VID", "in_.vid", "[2-9]##############?", "XXXX XXXX XXXX XXXX|", "VID|Virtual ID|Aadhaar")
kind("IN_VOTER", "in_.epic", "@@@######?", "|", "EPIC|voter ID|voter", checked=False)
kind("IS_KENNITALA", "is_.kennitala", "~1940-1999~{D}{M}{Y}[2-9]#?9 ~2000-2020~{D}{M}{Y}[2-9]#?0", "XXXXXX-XXXX|", "kennitala|kt.|kt")
kind("IS_VSK", "is_.vsk", "[1-9]#####", "|", "VSK|vsknúmer|virðisaukaskatt", needs_word=True, checked=False)
kind("JP_CN", "jp.cn", "?[0-9]###########", "X-XXXX-XXXX-XXXX|", "法人番号|corporate number|国税庁", needs_word=True)
kind("KE_PIN", "ke.pin", "[AP]#########@", "|", "KRA PIN|PIN|KRA", needs_word=True, checked=False)
kind("LI_PEID", "li.peid", "[1-9]######", "|", "PEID|Liechtenstein|Steuernummer", needs_word=True, checked=False)
kind("LT_ASMENS", "lt.asmens", "~1930-1999~[34]{Y}{M}{D}###? ~2000-2020~[56]{Y}{M}{D}###?", "|", "asmens kodas|a. k.|personal code", needs_word=True)
kind("LT_PVM", "lt.pvm", "[1-9]######1? 10########1?", "|", "PVM|PVM mokėtojo kodas|VAT", needs_word=True)
kind("LU_TVA", "lu.tva", "######??", "|XXX XXX XX", "TVA|numéro TVA|VAT", needs_word=True)
kind("LV_PK", "lv.pvn", "~1930-1999~{D}{M}{Y}1###? ~2000-2020~{D}{M}{Y}2###? 32########?", "XXXXXX-XXXXX|", "personas kods|p.k.|personal code")
kind("LV_PVN", "lv.pvn", "4000######?", "|", "PVN|reģistrācijas numurs|VAT", needs_word=True)
kind("MA_ICE", "ma.ice", "00[0-3]##########??", "|", "ICE|identifiant commun de l'entreprise|التعريف الموحد")
kind("MD_IDNO", "md.idno", "10##60######?", "|", "IDNO|IDNP|cod fiscal", needs_word=True)
kind("ME_PIB", "me.pib", "0######?", "|", "PIB|poreski identifikacioni broj", needs_word=True)
kind("MK_EDB", "mk.edb", "40[2-8]#########?", "|", "ЕДБ|EDB|даночен број", needs_word=True)
kind("MT_VAT", "mt.vat", "[1-9]#####??", "|XXXX-XXXX", "VAT|VAT No|Malta", needs_word=True)
kind("MU_NID", "mu.nid", "~2000-2020~@{D}{M}{Y}######! ~1940-1999~@{D}{M}{Y}######!", "|", "NIC|NID|national identity")
kind("MY_NRIC", "my.nric", "{Y}{M}{D}{01|07|10|14|12|13}####", "XXXXXX-XX-XXXX|", "MyKad|NRIC|kad pengenalan|No. K/P", checked=False)
kind("MZ_NUIT", "mz.nuit", "[1-5]#######?", "XXX XXX XXX|", "NUIT|número único de identificação tributária")
kind("NL_BTW", "nl.btw", "########?B01 #########B??", "|", "btw-nummer|btw-id|BTW|VAT")
kind("NL_ONDERWIJSNUMMER", "nl.onderwijsnummer", "10######?", "|", "onderwijsnummer|leerling|student number", needs_word=True)
kind(
    "NL_PASSPORT", "nl.identiteitskaartnummer",
    "[A-NP-Z][A-NP-Z]{document}{document}{document}{document}{document}{document}#",
    "|", "paspoort|paspoortnummer|identiteitskaart|passport", needs_word=True, checked=False,
)
kind("NO_ORGNR", "no.orgnr", "[89]#######?", "XXX XXX XXX|", "organisasjonsnummer|org.nr|MVA")
kind("NO_KONTO", "no.kontonr", "[1-9]#########?", "XXXX.XX.XXXXX|XXXX XX XXXXX|", "kontonummer|konto|kontonr")
kind("NZ_BANK", "nz.bankaccount", "{branch}######?000", "XX-XXXX-XXXXXXX-XXX|", "bank account|account number|account")
kind("PE_CUI", "pe.cui", "########!", "|XXXXXXXX-X", "DNI|CUI|documento nacional", needs_word=True)
kind("PE_RUC", "pe.ruc", "{10|20|15|17}########?", "|", "RUC|SUNAT|contribuyente", needs_word=True)
kind("PK_CNIC", "pk.cnic", "[1-7]###########[1-9]", "XXXXX-XXXXXXX-X|", "CNIC|شناختی کارڈ|NADRA", checked=False)
kind("PT_CC", "pt.cc", "########[0-9][A-Z][A-Z0-9]?", "XXXXXXXX X XXX|", "Cartão de Cidadão|CC|BI")
kind("PY_RUC", "py.ruc", "80######? [1-5]######?", "XXXXXXXX-X|XXXXXXX-X|", "RUC|contribuyente")
kind("RO_CUI", "ro.cui", "[1-4]#######? [1-9]#####?", "|", "CUI|CIF|cod unic|cod fiscal", needs_word=True)
kind("RO_ONRC", "ro.onrc", "J{1995|2004|2012|2019}######{40|12|05|35}?", "|", "ONRC|registrul comerțului|nr. reg. com.")
kind("RS_PIB", "rs.pib", "1#######?", "|", "ПИБ|PIB|poreski identifikacioni broj", needs_word=True)
kind("JMBG", "si.emso", "~1940-1999~{D}{M}9{Y}{50|71|18|41}###? ~2000-2020~{D}{M}0{Y}{50|71|18}###?", "|", "JMBG|EMŠO|ЈМБГ|matični broj")
kind("RU_INN", "ru.inn", "77#######? 77########??", "|", "ИНН|INN|налогоплательщика", needs_word=True)
kind("RU_OGRN", "ru.ogrn", "1{02|12|05}77#######? 3{04|15}77#########?", "|", "ОГРН|ОГРНИП|OGRN", needs_word=True)
kind("SE_VAT", "se.vat", "{55|56}[2-9]######?01", "|", "momsnummer|VAT|momsregistreringsnummer")
kind("SG_UEN", "sg.uen", "########! 20[01]######! T[01]#{LL|LP|FC|PF|GA}####!", "|", "UEN|ACRA|Unique Entity Number")
kind("SI_DDV", "si.ddv", "[1-9]######?", "|", "ID za DDV|davčna številka|VAT", needs_word=True)
kind("SI_MATICNA", "si.maticna", "[1-9]#####?", "|", "matična številka|registration number", needs_word=True)
kind("SK_RC", "sk.rc", "~1954-1999~{Y}{M}{D}###? ~1954-1999~{Y}{M+50}{D}###?", "XXXXXX/XXXX|", "rodné číslo|rodne cislo|birth number")
kind("SK_DPH", "sk.dph", "20[234789]######?", "|", "IČ DPH|DIČ|VAT", needs_word=True)
kind("SM_COE", "sm.coe", "[1-2]####", "|", "C.O.E.|COE|codice operatore economico", needs_word=True, checked=False)
kind("SN_NINEA", "sn.ninea", "######? ######?2G2", "|XXX XXXX|XXX XXXX XXX", "NINEA|identification nationale des entreprises", needs_word=True)
kind("SV_NIT", "sv.nit", "0{614|210}{D}{M}{Y}1[0-9][1-9]?", "XXXX-XXXXXX-XXX-X|", "NIT|número de identificación tributaria")
kind("TH_MOA", "th.moa", "0{105|994|107}########?", "X-XX-X-XXX-XXXXX-X|", "เลขประจำตัวผู้เสียภาษี|Tax ID|taxpayer", needs_word=True)
kind(
    "TN_MF", "tn.mf",
    "#######[A-HJ-NP-TV-Z] #######[A-HJ-NP-TV-Z][APBDN][MPCN]000",
    "|XXXXXXX/X/X/X/XXX|XXXXXXX/X", "matricule fiscal|MF|المعرف الجبائي", needs_word=True, checked=False,
)
kind("TR_VKN", "tr.vkn", "#########?", "|", "VKN|vergi kimlik numarası|vergi no", needs_word=True)
kind("TW_UBN", "tw.ubn", "[1-9]######?", "|", "統一編號|統編|UBN|GUI number", needs_word=True)
kind("UA_EDRPOU", "ua.edrpou", "[1-4]######?", "|", "ЄДРПОУ|EDRPOU|код ЄДРПОУ", needs_word=True)
kind("UA_RNTRC", "ua.rntrc", "[23]########?", "|", "РНОКПП|ІПН|RNTRC|податковий номер", needs_word=True)
kind("US_EIN", "us.ein", "{04|13|20|36|47|52|75|91|95|88}#######", "XX-XXXXXXX|", "EIN|FEIN|employer identification number", checked=False)
kind(
    "US_SSN", "us.ssn",
    "{001|123|219|432|574|601|728}{01|12|45|78|99}[1-9]###",
    "XXX-XX-XXXX|XXX XX XXXX|", "SSN|social security number|social security", checked=False,
)
kind("US_ATIN", "us.atin", "9##93####", "XXX-XX-XXXX|", "ATIN|adoption taxpayer", checked=False)
kind("US_PTIN", "us.ptin", "P0#######", "|X-XXXXXXXX", "PTIN|preparer", needs_word=True, checked=False)
kind("UY_RUT", "uy.rut", "21######001?", "|XX-XXXXXX-XXX-X", "RUT|RUC|DGI")
kind("VE_RIF", "ve.rif", "[VEJPG]########?", "X-XXXXXXXX-X|", "RIF|registro de información fiscal|SENIAT")
kind("VN_MST", "vn.mst", "0[1-9]#######? 0[1-9]#######?001", "|XXXXXXXXXX-XXX", "MST|mã số thuế|tax code", needs_word=True)
kind("ZA_TIN", "za.tin", "[01239]########?", "|XXXX/XXX/XX/X", "tax reference|income tax number|SARS", needs_word=True)

# Of the whole world.
kind("CUSIP", "cusip", "######[A-Z0-9]#? ###[A-Z]##10?", "|", "CUSIP|bond|security", needs_word=True)
kind("SEDOL", "gb.sedol", "B{security}##{security}#? 0#####?", "|", "SEDOL|stock|LSE", needs_word=True)
kind("FIGI", "figi", "BBG{security}{security}00{security}###?", "|", "FIGI|OpenFIGI|Bloomberg")
kind(
    "BIC", "bic",
    "@@@@{DE|FR|GB|NL|IT|ES|US|CH}[A-Z][A-Z0-9] @@@@{DE|FR|GB|NL|IT|ES}[A-Z][A-Z0-9]XXX",
    "|", "BIC|SWIFT|SWIFT code", needs_word=True, checked=False,
)
kind(
    "IBAN_CODE", "iban",
    "DE??{bank}########## GB??{NWBK|BARC|LOYD}############## NL??{ABNA|INGB|RABO}########## PL??######################## "
    "CH??############## AT??################",
    "|XXXX XXXX XXXX XXXX XXXX XX|XXXX XXXX XXXX XXXX XX|XXXX XXXX XXXX XXXX XXXX XXXX XXXX|XXXX XXXX XXXX XXXX XXXX X|"
    "XXXX XXXX XXXX XXXX XXXX",
    "IBAN|Kontonummer|account",
)
kind(
    "CREDIT_CARD", "luhn",
    "4##############? 5[1-5]#############? 3[47]############? 6011###########?",
    "XXXX XXXX XXXX XXXX|XXXX-XXXX-XXXX-XXXX|XXXX XXXXXX XXXXX|", "card|credit card|Kreditkarte|tarjeta",
)
kind("IMSI", "imsi", "{26201|23415|20801|40445}########## 310260#########", "|", "IMSI|subscriber|SIM", needs_word=True, checked=False)
kind("MEID", "meid", "A{hex}#####{hex}####{hex}{hex} A{hex}#####{hex}####{hex}{hex}!", "|", "MEID|device|handset", needs_word=True)
kind("IMO", "imo", "[789]#####?", "|", "IMO|vessel|ship", needs_word=True)
kind("ISNI", "isni", "0000000[1-4]#######!", "XXXX XXXX XXXX XXXX|XXXX-XXXX-XXXX-XXXX|", "ISNI|ORCID")
kind("CONTAINER", "iso6346", "{MSC|CSQ|MAE|TCN|HLC}U######?", "|XXXX XXXXXX X", "container|Container-Nr|ISO 6346")
kind("SEPA_CREDITOR", "eu.at_02", "DE??ZZZ########### ES??000########[A-Z]", "|", "Gläubiger-ID|creditor identifier|CI")
kind("ISO_11649", "iso11649", "RF??###############", "|", "RF|creditor reference|viite|reference")
kind("EIC", "eu.eic", "{22|11|10}[XYZWV]@@@@@@@@@@##!", "", "EIC|EIC code|ENTSO-E")
kind("CRYPTO", "bitcoin", "{wallet}", "", "bitcoin|BTC|wallet")
kind("MAC_ADDRESS", "mac", "{maker}{hex}{hex}{hex}{hex}{hex}{hex}", "XX:XX:XX:XX:XX:XX|XX-XX-XX-XX-XX-XX", "MAC|MAC address|ethernet", checked=False)

# Documents and others that python-stdnum does not know.
kind("DE_LANR", "", "######?{01|03|10|34}", "|", "LANR|Arztnummer|Lebenslange Arztnummer", needs_word=True)
kind("DE_PASSPORT", "", "C{passport}{passport}#####?", "|", "Reisepass|Passnummer|passport", needs_word=True)
kind("NG_NIN", "", "##########?", "|", "NIN|National Identification Number|NIMC", needs_word=True)
kind("UK_PASSPORT", "", "[A-Z][A-Z]#######", "", "passport|passport number|HMPO", needs_word=True, checked=False)
kind("US_PASSPORT", "", "[A-Z]########", "", "passport|passport number|travel document", needs_word=True, checked=False)
kind("ES_PASSPORT", "", "[A-Z][A-Z][A-Z]######", "", "pasaporte|passport", needs_word=True, checked=False)
kind("IN_PASSPORT", "", "[A-PR-WY][1-9]#####[1-9]", "", "passport|Indian passport", needs_word=True, checked=False)
kind("IT_PASSPORT", "", "[A-Z][A-Z]#######", "", "passaporto|passport", needs_word=True, checked=False)
kind("KR_PASSPORT", "", "[MS]###[A-Z]####", "", "여권번호|여권|passport", needs_word=True, checked=False)
kind(
    "UK_DRIVING_LICENCE", "",
    "[A-Z][A-Z][A-Z][A-Z][A-Z]#{06|01|11|57|62}{05|12|28}#[A-Z]9[A-Z0-9][A-Z][A-Z]",
    "", "driving licence|licence number|DVLA", needs_word=True, checked=False,
)
kind("IT_DRIVER_LICENSE", "", "[A-Z][A-Z]#######[A-Z]", "", "patente|patente di guida|driving licence", needs_word=True, checked=False)
kind("KR_DRIVER_LICENSE", "", "{11|13|22|28}{Y}######{12|34|56}", "XX-XX-XXXXXX-XX|", "운전면허|면허번호|driver license", needs_word=True, checked=False)
kind("US_DRIVER_LICENSE", "", "[A-Z]#######", "", "driver license|driver's license|DL", needs_word=True, checked=False)
kind("PH_TIN", "", "[1-9]#######? [1-9]#######?000", "XXX-XXX-XXX-XXX|", "TIN|BIR|taxpayer identification", needs_word=True)
