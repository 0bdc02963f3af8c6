// Says in the document's title what of the page cannot be read on a screen that is WIDTH pixels wide.
const said = [];
const screen = document.createElement('iframe');
screen.width = WIDTH;
screen.height = 900;
screen.style.border = 0;
screen.srcdoc = document.documentElement.outerHTML.replace(/<script[^]*/, '');
screen.onload = () => {
    const inner = screen.contentDocument;
    for (const folded of inner.querySelectorAll('details')) folded.open = true;
    const wide = inner.documentElement.scrollWidth;
    if (wide > WIDTH) said.push(`the page is ${wide} wide`);
    const style = (element) => screen.contentWindow.getComputedStyle(element);
    // Where a text may be: in all that does not let it out, but for what can be scrolled.
    const room = (element) => {
        let [left, right] = [0, WIDTH];
        for (let holder = element; holder; holder = holder.parentElement) {
            const flow = style(holder).overflowX;
            if (flow === 'auto' || flow === 'scroll') return [-Infinity, Infinity];
            if (flow === 'hidden' || flow === 'clip' || holder.matches('td, th')) {
                const box = holder.getBoundingClientRect();
                [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
            }
        }
        return [left, right];
    };
    const texts = [];
    const walker = inner.createTreeWalker(inner.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode;
        const element = node.parentElement;
        if (!node.data.trim() || element.closest('.unseen, .skip, title, svg') || !element.checkVisibility()) continue;
        const range = inner.createRange();
        range.selectNodeContents(node);
        const [left, right] = room(element);
        for (const box of range.getClientRects()) {
            if (box.left < left - 1 || box.right > right + 1) said.push(`cut off: ${node.data}`);
            texts.push({ node, box });
        }
    }
    texts.sort((one, other) => one.box.top - other.box.top);
    texts.forEach(({ node, box }, at) => {
        for (let next = at + 1; next < texts.length && texts[next].box.top < box.bottom - 3; next++) {
            const other = texts[next];
            if (other.node === node) continue;
            const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
            const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
            if (across > 1 && down > 3) said.push(`${node.data} overlaps ${other.node.data}`);
        }
    });
    document.title = said.length ? said.slice(0, 9).join('; ') : 'all of it is seen';
};
document.body.append(screen);
