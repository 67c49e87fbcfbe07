// The page's texts: data-text-not-sent="…" is text("not-sent"); "{name}" is filled in from `values`.

// Neither NUL nor half a character can be stored.
export function storable(text) {
  return text.replaceAll("\0", "").replace(/\p{Surrogate}/gu, "\uFFFD").trim();
}

export function texts(element) {
  return (name, values = {}) => {
    const template = element.getAttribute(`data-text-${name.replaceAll("_", "-")}`) ?? "";
    return template.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
  };
}
