// Shows beside a widget's form how it will look, while it is being filled in. Nothing is saved by that.

function follow(stage) {
  const form = document.getElementById("widget_form");
  const frame = stage.querySelector("iframe");
  const field = (name) => form.elements[name];
  let logo = stage.dataset.logo;

  function look() {
    const style = field("agent_display_name").selectedOptions[0].value;
    return {
      type: "look",
      title: field("title").value,
      subtitle: field("subtitle").value,
      color: field("color").value,
      logo: field("logo-clear")?.checked ? "" : logo,
      name: JSON.parse(stage.dataset.names)[style],
    };
  }

  function draw() {
    stage.style.setProperty("--color", field("color").value);
    stage.dataset.position = field("position").value;
    stage.querySelector(".look__unread").hidden = !field("counts_unread").checked;
    const address = `${stage.dataset.address}?locale=${field("locale").value || navigator.language}`;
    if (frame.getAttribute("src") === address) frame.contentWindow.postMessage(look(), window.location.origin);
    else frame.src = address;
  }

  async function choose([file]) {
    logo = file ? await asAddress(file) : stage.dataset.logo;
    draw();
  }

  form.addEventListener("input", draw);
  field("logo").addEventListener("change", (event) => choose(event.target.files));
  window.addEventListener("message", ({ source, data }) => {
    if (source === frame.contentWindow && data?.type === "previewing") draw();
  });
  draw();
}

function asAddress(file) {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => resolve("");
    reader.readAsDataURL(file);
  });
}

document.addEventListener("DOMContentLoaded", () => {
  const stage = document.getElementById("look");
  if (stage) follow(stage);
});
