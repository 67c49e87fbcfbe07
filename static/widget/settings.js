// What the page says of the widget, besides its texts.

export function settingsOf({ dataset }) {
  const { widget, locale, auth } = dataset;
  return {
    widget,
    locale,
    auth,
    keepsHours: "keepsHours" in dataset,
    mayEnd: "mayEnd" in dataset,
    countsUnread: "countsUnread" in dataset,
    playsSound: "playsSound" in dataset,
    beginsAnew: "beginsAnew" in dataset,
  };
}
