// The page that calls the services at their own ports, as the classic app did: another origin for each, by CORS.
import { startBoard } from "./board";
import { expect, test } from "./story";

// The policy that lets the page out is the binary's own.
test.skip(process.env.FOLKMOOT_E2E_PAGES === "vite", "needs the pages of the binary");

test("a post and a comment go straight to their services and are seen live", async ({ page }) => {
  let ports: number[] = [];
  const board = await startBoard("127.0.0.1", (door, given) => {
    ports = given;
    const origins = given.map((port) => `http://127.0.0.1:${port}`).join(",");
    return ["--allowed-origins", door, "--connect-origins", origins];
  });
  try {
    const [posts, comments, query, moderation, bus] = ports;
    const called = new Set<string>();
    page.on("request", (request) => {
      const { port, pathname } = new URL(request.url());
      if (!pathname.startsWith("/assets/")) called.add(`${request.method()} ${port}`);
    });
    await page.goto(`${board.url}/new?direct=${posts},${comments},${query},${moderation},${bus}`);
    await page.getByLabel("Title").fill("Straight to the source");
    await page.keyboard.press("Control+Enter");
    await expect(page.getByRole("heading", { level: 1, name: "Straight to the source" })).toBeVisible();
    const id = new URL(page.url()).pathname.split("/").pop() ?? "";

    await board.comment(id, { content: "Seen without a reload.", authorName: "Someone else" });
    await page.getByRole("button", { name: /1 new comment/ }).click();
    await expect(page.getByText("Seen without a reload.")).toBeVisible();

    await page.goto(`${board.url}/bus`);
    await expect(page.getByText("CommentCreated").first()).toBeVisible();
    await page.goto(`${board.url}/moderation`);
    await expect(page.getByRole("heading", { level: 1, name: "Moderation" })).toBeVisible();
    expect([...called]).toEqual(
      expect.arrayContaining([`POST ${posts}`, `GET ${query}`, `GET ${bus}`, `GET ${moderation}`]),
    );
    const door = new URL(board.url).port;
    expect([...called].filter((call) => call === `POST ${door}`)).toEqual([]);
  } finally {
    await board.stop();
  }
});
