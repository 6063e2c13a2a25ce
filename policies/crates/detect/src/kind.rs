//! The built-in entities: their names, the groups that they come in, and the names that others have for them.

/// What a surrogate of an entity looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `user-…@surrogate.invalid`.
    Email,
    /// Digits where digits stood, of a country or an area that there is not.
    Phone,
    /// Digits where digits stood, of no network.
    Card,
    /// Letters and digits where they stood, of no country.
    Iban,
    /// Digits where digits stood, of an area that was never issued.
    Ssn,
    /// An address of a reserved range.
    Ip,
    /// A hardware address that is administered locally.
    Mac,
    /// An address below `surrogate.invalid`.
    Url,
    /// Letters and digits where they stood, with a wrong check digit.
    Identifier,
    /// Words where words stood, of no language.
    Name,
    /// A word that says what stood here.
    Token,
}

/// Entities that belong together, so that one line of `data.yaml` is about all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Addresses and numbers under which people and machines are reached.
    Contact,
    /// Cards and accounts with check digits.
    Payment,
    /// Numbers that a state gives to people.
    PersonalIds,
    /// Passports, identity cards, licences.
    DocumentIds,
    /// Numbers of patients, doctors and insured people.
    HealthIds,
    /// Codes of banks, accounts without check digits, securities, wallets.
    FinancialIds,
    /// Registers of companies, numbers for their taxes.
    CompanyIds,
    /// Plates and chassis.
    VehicleIds,
    /// Handsets and their cards.
    DeviceIds,
    /// Post codes.
    Places,
    /// Dates and times.
    Times,
    /// Keys, tokens and passwords.
    Secrets,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Contact,
        Self::Payment,
        Self::PersonalIds,
        Self::DocumentIds,
        Self::HealthIds,
        Self::FinancialIds,
        Self::CompanyIds,
        Self::VehicleIds,
        Self::DeviceIds,
        Self::Places,
        Self::Times,
        Self::Secrets,
    ];

    /// The name in `data.yaml`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Contact => "CONTACT",
            Self::Payment => "PAYMENT",
            Self::PersonalIds => "PERSONAL_IDS",
            Self::DocumentIds => "DOCUMENT_IDS",
            Self::HealthIds => "HEALTH_IDS",
            Self::FinancialIds => "FINANCIAL_IDS",
            Self::CompanyIds => "COMPANY_IDS",
            Self::VehicleIds => "VEHICLE_IDS",
            Self::DeviceIds => "DEVICE_IDS",
            Self::Places => "PLACES",
            Self::Times => "TIMES",
            Self::Secrets => "SECRETS",
        }
    }
}

macro_rules! builtins {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $canonical:literal, $shape:ident, $group:ident;)*) => {
        /// An entity that Marshal knows how to find.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the names of the entities say what they are")]
        pub enum Builtin { $($(#[$doc])* $variant,)* }

        impl Builtin {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in `data.yaml`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What stands in its place.
            #[must_use]
            pub const fn shape(self) -> Shape {
                match self { $(Self::$variant => Shape::$shape,)* }
            }

            /// With which others it belongs together.
            #[must_use]
            pub const fn group(self) -> Group {
                match self { $(Self::$variant => Group::$group,)* }
            }

            const fn canonical(self) -> &'static str {
                match self { $(Self::$variant => $canonical,)* }
            }
        }
    };
}

builtins! {
    EmailAddress = "EMAIL_ADDRESS", "EMAIL_ADDRESS", Email, Contact;
    PhoneNumber = "PHONE_NUMBER", "PHONE_NUMBER", Phone, Contact;
    /// 12 to 19 digits of a known issuer with a right Luhn check digit.
    CreditCard = "CREDIT_CARD", "CREDIT_CARD", Card, Payment;
    /// Right mod-97 check digits, and a country that has such.
    IbanCode = "IBAN_CODE", "IBAN_CODE", Iban, Payment;
    /// Never an area, group or serial that was not issued.
    UsSsn = "US_SSN", "US_SSN", Ssn, PersonalIds;
    IpAddress = "IP_ADDRESS", "IP_ADDRESS", Ip, Contact;
    MacAddress = "MAC_ADDRESS", "MAC_ADDRESS", Mac, Contact;
    /// An address of the web.
    Url = "URL", "URL", Url, Contact;
    DateTime = "DATE_TIME", "DATE_TIME", Token, Times;
    /// An address of a chain of blocks, with its check sum where it has one.
    Crypto = "CRYPTO", "CRYPTO", Token, FinancialIds;
    /// A bank's code (SWIFT, ISO 9362).
    Bic = "BIC", "BIC", Identifier, FinancialIds;
    TrPhoneNumber = "TR_PHONE_NUMBER", "TR_PHONE_NUMBER", Phone, Contact;
    PhMobileNumber = "PH_MOBILE_NUMBER", "PH_MOBILE_NUMBER", Phone, Contact;
    AbaRoutingNumber = "ABA_ROUTING_NUMBER", "ABA_ROUTING_NUMBER", Identifier, FinancialIds;
    AdNrt = "AD_NRT", "AD_NRT", Identifier, CompanyIds;
    AlNipt = "AL_NIPT", "AL_NIPT", Identifier, CompanyIds;
    ArCbu = "AR_CBU", "AR_CBU", Identifier, FinancialIds;
    ArCuit = "AR_CUIT", "AR_CUIT", Identifier, PersonalIds;
    ArDni = "AR_DNI", "AR_DNI", Identifier, PersonalIds;
    AtSvnr = "AT_SVNR", "AT_SVNR", Identifier, PersonalIds;
    AtTin = "AT_TIN", "AT_TIN", Identifier, CompanyIds;
    AtUid = "AT_UID", "AT_UID", Identifier, CompanyIds;
    AuAbn = "AU_ABN", "AU_ABN", Identifier, CompanyIds;
    AuAcn = "AU_ACN", "AU_ACN", Identifier, CompanyIds;
    AuMedicare = "AU_MEDICARE", "AU_MEDICARE", Identifier, HealthIds;
    AuTfn = "AU_TFN", "AU_TFN", Identifier, PersonalIds;
    AzVoen = "AZ_VOEN", "AZ_VOEN", Identifier, CompanyIds;
    BeEid = "BE_EID", "BE_EID", Identifier, DocumentIds;
    BeNrn = "BE_NRN", "BE_NRN", Identifier, PersonalIds;
    BeVat = "BE_VAT", "BE_VAT", Identifier, CompanyIds;
    BgEgn = "BG_EGN", "BG_EGN", Identifier, PersonalIds;
    BgPnf = "BG_PNF", "BG_PNF", Identifier, PersonalIds;
    BgVat = "BG_VAT", "BG_VAT", Identifier, CompanyIds;
    BrCnpj = "BR_CNPJ", "BR_CNPJ", Identifier, CompanyIds;
    BrCpf = "BR_CPF", "BR_CPF", Identifier, PersonalIds;
    ByUnp = "BY_UNP", "BY_UNP", Identifier, CompanyIds;
    CaBcPhn = "CA_BC_PHN", "CA_BC_PHN", Identifier, HealthIds;
    CaBn = "CA_BN", "CA_BN", Identifier, CompanyIds;
    CaSin = "CA_SIN", "CA_SIN", Identifier, PersonalIds;
    ChAhv = "CH_AHV", "CH_AHV", Identifier, PersonalIds;
    ChUid = "CH_UID", "CH_UID", Identifier, CompanyIds;
    ClRut = "CL_RUT", "CL_RUT", Identifier, PersonalIds;
    CnRic = "CN_RIC", "CN_RIC", Identifier, PersonalIds;
    CnUscc = "CN_USCC", "CN_USCC", Identifier, CompanyIds;
    Container = "CONTAINER", "CONTAINER", Identifier, VehicleIds;
    CoNit = "CO_NIT", "CO_NIT", Identifier, CompanyIds;
    CrCpf = "CR_CPF", "CR_CPF", Identifier, PersonalIds;
    CrCpj = "CR_CPJ", "CR_CPJ", Identifier, CompanyIds;
    CrDimex = "CR_DIMEX", "CR_DIMEX", Identifier, PersonalIds;
    Cusip = "CUSIP", "CUSIP", Identifier, FinancialIds;
    CuNi = "CU_NI", "CU_NI", Identifier, PersonalIds;
    CyVat = "CY_VAT", "CY_VAT", Identifier, CompanyIds;
    CzDic = "CZ_DIC", "CZ_DIC", Identifier, CompanyIds;
    CzRc = "CZ_RC", "CZ_RC", Identifier, PersonalIds;
    DeBsnr = "DE_BSNR", "DE_BSNR", Identifier, HealthIds;
    DeFuehrerschein = "DE_FUEHRERSCHEIN", "DE_FUEHRERSCHEIN", Identifier, DocumentIds;
    DeHandelsregister = "DE_HANDELSREGISTER", "DE_HANDELSREGISTER", Identifier, CompanyIds;
    DeHealthInsurance = "DE_HEALTH_INSURANCE", "DE_HEALTH_INSURANCE", Identifier, HealthIds;
    DeIdCard = "DE_ID_CARD", "DE_ID_CARD", Identifier, DocumentIds;
    DeKfz = "DE_KFZ", "DE_KFZ", Identifier, VehicleIds;
    DeLanr = "DE_LANR", "DE_LANR", Identifier, HealthIds;
    DePassport = "DE_PASSPORT", "DE_PASSPORT", Identifier, DocumentIds;
    DePlz = "DE_PLZ", "DE_PLZ", Identifier, Places;
    DeSocialSecurity = "DE_SOCIAL_SECURITY", "DE_SOCIAL_SECURITY", Identifier, PersonalIds;
    DeTaxId = "DE_TAX_ID", "DE_TAX_ID", Identifier, PersonalIds;
    DeTaxNumber = "DE_TAX_NUMBER", "DE_TAX_NUMBER", Identifier, PersonalIds;
    DeVatId = "DE_VAT_ID", "DE_VAT_ID", Identifier, CompanyIds;
    DkCpr = "DK_CPR", "DK_CPR", Identifier, PersonalIds;
    DkCvr = "DK_CVR", "DK_CVR", Identifier, CompanyIds;
    DoCedula = "DO_CEDULA", "DO_CEDULA", Identifier, PersonalIds;
    DoRnc = "DO_RNC", "DO_RNC", Identifier, CompanyIds;
    DzNif = "DZ_NIF", "DZ_NIF", Identifier, CompanyIds;
    EcCi = "EC_CI", "EC_CI", Identifier, PersonalIds;
    EcRuc = "EC_RUC", "EC_RUC", Identifier, CompanyIds;
    EeIk = "EE_IK", "EE_IK", Identifier, PersonalIds;
    EeKmkr = "EE_KMKR", "EE_KMKR", Identifier, CompanyIds;
    EeReg = "EE_REG", "EE_REG", Identifier, CompanyIds;
    EgTn = "EG_TN", "EG_TN", Identifier, CompanyIds;
    Eic = "EIC", "EIC", Identifier, CompanyIds;
    EsCcc = "ES_CCC", "ES_CCC", Identifier, FinancialIds;
    EsCif = "ES_CIF", "ES_CIF", Identifier, CompanyIds;
    EsCups = "ES_CUPS", "ES_CUPS", Identifier, CompanyIds;
    EsNie = "ES_NIE", "ES_NIE", Identifier, PersonalIds;
    EsNif = "ES_NIF", "ES_NIF", Identifier, PersonalIds;
    EsNifKlm = "ES_NIF_KLM", "ES_NIF_KLM", Identifier, PersonalIds;
    EsPassport = "ES_PASSPORT", "ES_PASSPORT", Identifier, DocumentIds;
    Figi = "FIGI", "FIGI", Identifier, FinancialIds;
    FiHetu = "FI_HETU", "FI_HETU", Identifier, PersonalIds;
    FiVeronumero = "FI_VERONUMERO", "FI_VERONUMERO", Identifier, PersonalIds;
    FiYtunnus = "FI_YTUNNUS", "FI_YTUNNUS", Identifier, CompanyIds;
    FoVn = "FO_VN", "FO_VN", Identifier, CompanyIds;
    FrNif = "FR_NIF", "FR_NIF", Identifier, PersonalIds;
    FrNir = "FR_NIR", "FR_NIR", Identifier, PersonalIds;
    FrSiren = "FR_SIREN", "FR_SIREN", Identifier, CompanyIds;
    FrSiret = "FR_SIRET", "FR_SIRET", Identifier, CompanyIds;
    FrTva = "FR_TVA", "FR_TVA", Identifier, CompanyIds;
    GhTin = "GH_TIN", "GH_TIN", Identifier, CompanyIds;
    GnNifp = "GN_NIFP", "GN_NIFP", Identifier, CompanyIds;
    GrAfm = "GR_AFM", "GR_AFM", Identifier, PersonalIds;
    GrAmka = "GR_AMKA", "GR_AMKA", Identifier, PersonalIds;
    GtNit = "GT_NIT", "GT_NIT", Identifier, CompanyIds;
    HrOib = "HR_OIB", "HR_OIB", Identifier, PersonalIds;
    HuAnum = "HU_ANUM", "HU_ANUM", Identifier, CompanyIds;
    IdNik = "ID_NIK", "ID_NIK", Identifier, PersonalIds;
    IdNpwp = "ID_NPWP", "ID_NPWP", Identifier, PersonalIds;
    IePps = "IE_PPS", "IE_PPS", Identifier, PersonalIds;
    IeVat = "IE_VAT", "IE_VAT", Identifier, CompanyIds;
    IlHp = "IL_HP", "IL_HP", Identifier, CompanyIds;
    IlId = "IL_ID", "IL_ID", Identifier, PersonalIds;
    Imei = "IMEI", "IMEI", Identifier, DeviceIds;
    Imo = "IMO", "IMO", Identifier, VehicleIds;
    Imsi = "IMSI", "IMSI", Identifier, DeviceIds;
    InAadhaar = "IN_AADHAAR", "IN_AADHAAR", Identifier, PersonalIds;
    InGstin = "IN_GSTIN", "IN_GSTIN", Identifier, CompanyIds;
    InPan = "IN_PAN", "IN_PAN", Identifier, PersonalIds;
    InPassport = "IN_PASSPORT", "IN_PASSPORT", Identifier, DocumentIds;
    InVehicleRegistration = "IN_VEHICLE_REGISTRATION", "IN_VEHICLE_REGISTRATION", Identifier, VehicleIds;
    InVid = "IN_VID", "IN_VID", Identifier, PersonalIds;
    InVoter = "IN_VOTER", "IN_VOTER", Identifier, DocumentIds;
    Isin = "ISIN", "ISIN", Identifier, FinancialIds;
    Isni = "ISNI", "ISNI", Identifier, PersonalIds;
    Iso11649 = "ISO_11649", "ISO_11649", Identifier, FinancialIds;
    IsKennitala = "IS_KENNITALA", "IS_KENNITALA", Identifier, PersonalIds;
    IsVsk = "IS_VSK", "IS_VSK", Identifier, CompanyIds;
    ItDriverLicense = "IT_DRIVER_LICENSE", "IT_DRIVER_LICENSE", Identifier, DocumentIds;
    ItFiscalCode = "IT_FISCAL_CODE", "IT_FISCAL_CODE", Identifier, PersonalIds;
    ItPassport = "IT_PASSPORT", "IT_PASSPORT", Identifier, DocumentIds;
    ItVatCode = "IT_VAT_CODE", "IT_VAT_CODE", Identifier, CompanyIds;
    Jmbg = "JMBG", "JMBG", Identifier, PersonalIds;
    JpCn = "JP_CN", "JP_CN", Identifier, CompanyIds;
    JpMyNumber = "JP_MY_NUMBER", "JP_MY_NUMBER", Identifier, PersonalIds;
    KePin = "KE_PIN", "KE_PIN", Identifier, PersonalIds;
    KrBrn = "KR_BRN", "KR_BRN", Identifier, CompanyIds;
    KrDriverLicense = "KR_DRIVER_LICENSE", "KR_DRIVER_LICENSE", Identifier, DocumentIds;
    KrFrn = "KR_FRN", "KR_FRN", Identifier, PersonalIds;
    KrPassport = "KR_PASSPORT", "KR_PASSPORT", Identifier, DocumentIds;
    KrRrn = "KR_RRN", "KR_RRN", Identifier, PersonalIds;
    LeiCode = "LEI_CODE", "LEI_CODE", Identifier, CompanyIds;
    LiPeid = "LI_PEID", "LI_PEID", Identifier, PersonalIds;
    LtAsmens = "LT_ASMENS", "LT_ASMENS", Identifier, PersonalIds;
    LtPvm = "LT_PVM", "LT_PVM", Identifier, CompanyIds;
    LuTva = "LU_TVA", "LU_TVA", Identifier, CompanyIds;
    LvPk = "LV_PK", "LV_PK", Identifier, PersonalIds;
    LvPvn = "LV_PVN", "LV_PVN", Identifier, CompanyIds;
    MaIce = "MA_ICE", "MA_ICE", Identifier, CompanyIds;
    McTva = "MC_TVA", "MC_TVA", Identifier, CompanyIds;
    MdIdno = "MD_IDNO", "MD_IDNO", Identifier, CompanyIds;
    MedicalLicense = "MEDICAL_LICENSE", "MEDICAL_LICENSE", Identifier, HealthIds;
    Meid = "MEID", "MEID", Identifier, DeviceIds;
    MePib = "ME_PIB", "ME_PIB", Identifier, CompanyIds;
    MkEdb = "MK_EDB", "MK_EDB", Identifier, CompanyIds;
    MtVat = "MT_VAT", "MT_VAT", Identifier, CompanyIds;
    MuNid = "MU_NID", "MU_NID", Identifier, PersonalIds;
    MxCurp = "MX_CURP", "MX_CURP", Identifier, PersonalIds;
    MxRfc = "MX_RFC", "MX_RFC", Identifier, PersonalIds;
    MyNric = "MY_NRIC", "MY_NRIC", Identifier, PersonalIds;
    MzNuit = "MZ_NUIT", "MZ_NUIT", Identifier, PersonalIds;
    NgNin = "NG_NIN", "NG_NIN", Identifier, PersonalIds;
    NgVehicleRegistration = "NG_VEHICLE_REGISTRATION", "NG_VEHICLE_REGISTRATION", Identifier, VehicleIds;
    NlBsn = "NL_BSN", "NL_BSN", Identifier, PersonalIds;
    NlBtw = "NL_BTW", "NL_BTW", Identifier, CompanyIds;
    NlOnderwijsnummer = "NL_ONDERWIJSNUMMER", "NL_ONDERWIJSNUMMER", Identifier, PersonalIds;
    NlPassport = "NL_PASSPORT", "NL_PASSPORT", Identifier, DocumentIds;
    NoFnr = "NO_FNR", "NO_FNR", Identifier, PersonalIds;
    NoKonto = "NO_KONTO", "NO_KONTO", Identifier, FinancialIds;
    NoOrgnr = "NO_ORGNR", "NO_ORGNR", Identifier, CompanyIds;
    NzBank = "NZ_BANK", "NZ_BANK", Identifier, FinancialIds;
    NzIrd = "NZ_IRD", "NZ_IRD", Identifier, PersonalIds;
    PeCui = "PE_CUI", "PE_CUI", Identifier, PersonalIds;
    PeRuc = "PE_RUC", "PE_RUC", Identifier, CompanyIds;
    PhTin = "PH_TIN", "PH_TIN", Identifier, PersonalIds;
    PkCnic = "PK_CNIC", "PK_CNIC", Identifier, PersonalIds;
    PlNip = "PL_NIP", "PL_NIP", Identifier, CompanyIds;
    PlPesel = "PL_PESEL", "PL_PESEL", Identifier, PersonalIds;
    PlRegon = "PL_REGON", "PL_REGON", Identifier, CompanyIds;
    PtCc = "PT_CC", "PT_CC", Identifier, DocumentIds;
    PtNif = "PT_NIF", "PT_NIF", Identifier, PersonalIds;
    PyRuc = "PY_RUC", "PY_RUC", Identifier, CompanyIds;
    RoCnp = "RO_CNP", "RO_CNP", Identifier, PersonalIds;
    RoCui = "RO_CUI", "RO_CUI", Identifier, CompanyIds;
    RoOnrc = "RO_ONRC", "RO_ONRC", Identifier, CompanyIds;
    RsPib = "RS_PIB", "RS_PIB", Identifier, CompanyIds;
    RuInn = "RU_INN", "RU_INN", Identifier, PersonalIds;
    RuOgrn = "RU_OGRN", "RU_OGRN", Identifier, CompanyIds;
    Sedol = "SEDOL", "SEDOL", Identifier, FinancialIds;
    SepaCreditor = "SEPA_CREDITOR", "SEPA_CREDITOR", Identifier, FinancialIds;
    SeOrganisationsnummer = "SE_ORGANISATIONSNUMMER", "SE_ORGANISATIONSNUMMER", Identifier, CompanyIds;
    SePersonnummer = "SE_PERSONNUMMER", "SE_PERSONNUMMER", Identifier, PersonalIds;
    SeVat = "SE_VAT", "SE_VAT", Identifier, CompanyIds;
    SgNricFin = "SG_NRIC_FIN", "SG_NRIC_FIN", Identifier, PersonalIds;
    SgUen = "SG_UEN", "SG_UEN", Identifier, CompanyIds;
    SiDdv = "SI_DDV", "SI_DDV", Identifier, CompanyIds;
    SiMaticna = "SI_MATICNA", "SI_MATICNA", Identifier, CompanyIds;
    SkDph = "SK_DPH", "SK_DPH", Identifier, CompanyIds;
    SkRc = "SK_RC", "SK_RC", Identifier, PersonalIds;
    SmCoe = "SM_COE", "SM_COE", Identifier, CompanyIds;
    SnNinea = "SN_NINEA", "SN_NINEA", Identifier, CompanyIds;
    SvNit = "SV_NIT", "SV_NIT", Identifier, PersonalIds;
    ThMoa = "TH_MOA", "TH_MOA", Identifier, CompanyIds;
    ThTnin = "TH_TNIN", "TH_TNIN", Identifier, PersonalIds;
    TnMf = "TN_MF", "TN_MF", Identifier, CompanyIds;
    TrLicensePlate = "TR_LICENSE_PLATE", "TR_LICENSE_PLATE", Identifier, VehicleIds;
    TrNationalId = "TR_NATIONAL_ID", "TR_NATIONAL_ID", Identifier, PersonalIds;
    TrVkn = "TR_VKN", "TR_VKN", Identifier, CompanyIds;
    TwId = "TW_ID", "TW_ID", Identifier, PersonalIds;
    TwUbn = "TW_UBN", "TW_UBN", Identifier, CompanyIds;
    UaEdrpou = "UA_EDRPOU", "UA_EDRPOU", Identifier, CompanyIds;
    UaRntrc = "UA_RNTRC", "UA_RNTRC", Identifier, PersonalIds;
    UkDrivingLicence = "UK_DRIVING_LICENCE", "UK_DRIVING_LICENCE", Identifier, DocumentIds;
    UkNhs = "UK_NHS", "UK_NHS", Identifier, HealthIds;
    UkNino = "UK_NINO", "UK_NINO", Identifier, PersonalIds;
    UkPassport = "UK_PASSPORT", "UK_PASSPORT", Identifier, DocumentIds;
    UkPostcode = "UK_POSTCODE", "UK_POSTCODE", Identifier, Places;
    UkUpn = "UK_UPN", "UK_UPN", Identifier, PersonalIds;
    UkUtr = "UK_UTR", "UK_UTR", Identifier, PersonalIds;
    UkVat = "UK_VAT", "UK_VAT", Identifier, CompanyIds;
    UkVehicleRegistration = "UK_VEHICLE_REGISTRATION", "UK_VEHICLE_REGISTRATION", Identifier, VehicleIds;
    UsAtin = "US_ATIN", "US_ATIN", Identifier, PersonalIds;
    UsBankNumber = "US_BANK_NUMBER", "US_BANK_NUMBER", Identifier, FinancialIds;
    UsDriverLicense = "US_DRIVER_LICENSE", "US_DRIVER_LICENSE", Identifier, DocumentIds;
    UsEin = "US_EIN", "US_EIN", Identifier, CompanyIds;
    UsItin = "US_ITIN", "US_ITIN", Identifier, PersonalIds;
    UsMbi = "US_MBI", "US_MBI", Identifier, HealthIds;
    UsNpi = "US_NPI", "US_NPI", Identifier, HealthIds;
    UsPassport = "US_PASSPORT", "US_PASSPORT", Identifier, DocumentIds;
    UsPtin = "US_PTIN", "US_PTIN", Identifier, PersonalIds;
    UyRut = "UY_RUT", "UY_RUT", Identifier, CompanyIds;
    VeRif = "VE_RIF", "VE_RIF", Identifier, CompanyIds;
    Vin = "VIN", "VIN", Identifier, VehicleIds;
    VnMst = "VN_MST", "VN_MST", Identifier, CompanyIds;
    ZaIdNumber = "ZA_ID_NUMBER", "ZA_ID_NUMBER", Identifier, PersonalIds;
    ZaTin = "ZA_TIN", "ZA_TIN", Identifier, PersonalIds;
    AwsAccessKey = "AWS_ACCESS_KEY", "SECRET", Token, Secrets;
    GithubToken = "GITHUB_TOKEN", "SECRET", Token, Secrets;
    /// A token with a form of its own: `sk-…`, `AIza…`, `xoxb-…`, `glpat-…` and hundreds more, or one whose provider is
    /// named before it.
    ApiKey = "API_KEY", "SECRET", Token, Secrets;
    /// Three base64url parts whose header names an algorithm.
    Jwt = "JWT", "SECRET", Token, Secrets;
    /// A whole PEM block.
    PrivateKey = "PRIVATE_KEY", "SECRET", Token, Secrets;
    /// The password in `postgres://user:password@host`.
    CredentialUrl = "CREDENTIAL_URL", "SECRET", Token, Secrets;
    /// A random value that is called a key, a token, a secret or a password.
    GenericSecret = "GENERIC_SECRET", "SECRET", Token, Secrets;
}

impl Builtin {
    /// What is recorded as its detector, where that has no name of its own.
    pub(crate) const fn rule(self) -> &'static str {
        self.name()
    }

    /// The one with this name in `data.yaml`.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|builtin| builtin.name() == name)
    }
}

/// The more general kind that one is of: a Turkish telephone number is a telephone number.
#[must_use]
pub fn parent(entity: &str) -> Option<&'static str> {
    match entity {
        "TR_PHONE_NUMBER" | "PH_MOBILE_NUMBER" => Some("PHONE_NUMBER"),
        "UK_POSTCODE" | "DE_PLZ" => Some("ADDRESS"),
        _ => None,
    }
}

/// The name under which an entity is evaluated: its own, or `SECRET` for every kind of credential.
#[must_use]
pub fn canonical(entity: &str) -> &str {
    match Builtin::by_name(entity) {
        Some(builtin) => builtin.canonical(),
        None => entity,
    }
}
