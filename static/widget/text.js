// The page's texts: data-text-not-sent="…" is text("not-sent"); "{name}" is filled in from `values`.

export function texts(element) {
  return (name, values = {}) => {
    const template = element.getAttribute(`data-text-${name.replaceAll("_", "-")}`) ?? "";
    return template.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
  };
}
