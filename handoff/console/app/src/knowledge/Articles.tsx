import { ArticleForm } from "./ArticleForm";
import { KindPage } from "./KindPage";
import type { PageOf } from "./pages";
import { Rehearsal } from "./Rehearsal";
import { articleLabels, k } from "./texts";
import { articleSays } from "./article";

/** What the bot answers to questions that are no emergency. */
export function Articles(page: PageOf) {
  return (
    <KindPage
      {...page}
      kind="article"
      page="jawaban"
      title={k.pages.articles}
      intro={k.articles.intro}
      fresh={{ button: k.articles.fresh, name: k.articles.name, hint: k.articles.nameHint }}
      formats={["xlsx", "csv", "yaml", "nlu"]}
      owned
      form={ArticleForm}
      side={Rehearsal}
      labels={articleLabels}
      says={articleSays}
    />
  );
}
