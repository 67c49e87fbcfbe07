// Calls `work` at once; asked again within `pause` ms, however often, it calls it once more when they are over.
export function atMostEvery(pause, work) {
  let timer = 0;
  let isDue = false;
  const run = () => {
    isDue = false;
    timer = setTimeout(() => {
      timer = 0;
      if (isDue) run();
    }, pause);
    work();
  };
  return () => {
    isDue = true;
    if (!timer) run();
  };
}
