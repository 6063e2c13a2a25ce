//! Attributes of office documents that hold text: most hold measures and names of styles, a few hold what people wrote.

/// Attributes that hold text wherever they stand.
const ANYWHERE: &[&str] = &[
    "alt",
    "author",
    "connection",
    "current-value",
    "descr",
    "displayName",
    "displayText",
    "error",
    "errorTitle",
    "lastModifiedBy",
    "placeholder",
    "prompt",
    "promptTitle",
    "sourceFile",
    "string",
    "string-value",
    "tooltip",
    "userId",
    "userName",
];

/// Elements and their attributes that hold text together.
const TOGETHER: &[(&str, &[&str])] = &[
    ("docVar", &["name", "val"]),
    ("alias", &["val"]),
    ("tag", &["val"]),
    ("default", &["val"]),
    ("listItem", &["value"]),
    ("listEntry", &["val"]),
    ("statusText", &["val"]),
    ("helpText", &["val"]),
    ("bookmarkStart", &["name"]),
    ("sym", &["char"]),
    ("docPr", &["title", "name"]),
    ("cNvPr", &["title", "name"]),
    ("cmAuthor", &["name"]),
    ("property", &["name"]),
    ("person", &["providerId"]),
    ("sheet", &["name"]),
    ("definedName", &["name", "comment"]),
    ("hyperlink", &["display", "location"]),
    ("tableColumn", &["name", "totalsRowLabel"]),
    ("table", &["name", "title", "alt-text", "desc"]),
    ("cacheField", &["name"]),
    ("s", &["v"]),
    ("n", &["v"]),
    ("d", &["v"]),
    ("dbPr", &["command"]),
    ("webPr", &["url", "post"]),
    ("scenario", &["name", "comment", "user"]),
    ("inputCells", &["val"]),
    ("section", &["name"]),
    ("custShow", &["name"]),
    ("page", &["name"]),
    ("user-defined", &["name"]),
    ("user-field-decl", &["name"]),
    ("variable-set", &["formula"]),
    ("named-range", &["name"]),
    ("database-source-sql", &["sql-statement"]),
    ("help-message", &["title"]),
    ("error-message", &["title"]),
];

/// Whether an attribute holds text.
pub(crate) fn kept(element: &str, attribute: &str, value: &str) -> bool {
    if value.is_empty() {
        return false;
    }
    if ANYWHERE.contains(&attribute) {
        return true;
    }
    match attribute {
        // Links out of the document, not to its own parts. Schemas and namespaces are no links.
        "href" => !["Pictures/", "#", "./", "../", "Object", "media/"]
            .iter()
            .any(|start| value.starts_with(start)),
        "value" | "label" | "title" if !matches!(element, "listItem") => {
            matches!(
                element,
                "text"
                    | "textarea"
                    | "password"
                    | "formatted-text"
                    | "option"
                    | "item"
                    | "button"
                    | "hidden"
            )
        }
        _ => TOGETHER
            .iter()
            .any(|(name, list)| *name == element && list.contains(&attribute)),
    }
}
