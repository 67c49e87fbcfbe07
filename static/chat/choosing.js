// Every way to choose files: the button, pasting them into the text, dropping them anywhere in `box`.
//
//   chooseFiles({button, input, text, box, mark, onFiles(files)})
//     mark   is .is-dropping while files are held over the box

export function chooseFiles({ button, input, text, box, mark, onFiles }) {
  button.onclick = () => input.click();
  input.onchange = () => {
    onFiles([...input.files]); // the list is emptied in a moment
    input.value = "";
  };
  text.onpaste = (event) => {
    const { files } = event.clipboardData;
    if (!files.length || event.clipboardData.getData("text/plain")) return;
    event.preventDefault();
    onFiles([...files]);
  };
  box.ondragover = (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    mark.classList.add("is-dropping");
  };
  box.ondragleave = ({ relatedTarget }) => {
    if (!box.contains(relatedTarget)) mark.classList.remove("is-dropping");
  };
  box.ondrop = (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    mark.classList.remove("is-dropping");
    if (mark.checkVisibility()) onFiles([...event.dataTransfer.files]);
  };
}
