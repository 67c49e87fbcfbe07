// Vouches for whoever tries the widget out, as a site does for its customers.
window.Parley?.setAuthTokenProvider(async () => {
  const answer = await fetch(document.body.dataset.token);
  return (await answer.json()).token;
});
