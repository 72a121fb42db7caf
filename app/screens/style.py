"""The looks of what the theme does not reach; colours follow the text, so both themes fit."""

STYLE = """
<style>
.stMainBlockContainer { padding-top: 3.6rem; max-width: 88rem }
.wordmark, .title, .quote, .verdict, .section { font-family: "Source Serif", Georgia, serif }
.wordmark { font-size: 2rem; font-weight: 600; line-height: 1.1; margin: 0 }
.motto { margin: .2rem 0 0; opacity: .75 }
.who { margin: 0; font-weight: 600; overflow-wrap: anywhere }
.way-out { color: inherit }
[data-testid="stSidebarContent"] { display: flex; flex-direction: column }
[data-testid="stSidebarHeader"] { order: -2; height: 2.6rem }
[data-testid="stSidebarUserContent"] { order: -1; padding-bottom: .4rem }
[data-testid="stStatusWidget"]:has([data-testid*="Running"], button) { display: none }
[data-testid="stSidebarNavSeparator"] { display: none }
[data-testid="stSidebarNavItems"] { max-height: none }
h1.title { font-size: clamp(1.5rem, 3vw, 2.3rem); font-weight: 600; line-height: 1.2;
           margin: 0 0 .5rem; padding: 0; letter-spacing: 0; overflow-wrap: anywhere }
h2.title { font-size: 1.5rem; font-weight: 600; margin: 1rem 0 0; padding: 0; letter-spacing: 0 }
h3.section { font-size: 1.15rem; font-weight: 600; margin: 1.2rem 0 .2rem; padding: 0 }
dl.facts { display: flex; flex-wrap: wrap; gap: .4rem 2.2rem; margin: 0; padding: 0 }
.facts dt { font-size: .8rem; font-weight: 400; opacity: .75; margin: 0 }
.facts dd { margin: 0; font-weight: 600 }
ol.steps { max-width: 38rem; line-height: 1.6; padding-left: 1.2rem; margin: .6rem 0 }
.steps li { margin: .5rem 0; padding: 0 }
.line { margin: -.4rem 0 .1rem; font-size: .9rem; opacity: .85; overflow-wrap: anywhere }
.tag { display: inline-block; font-size: .78rem; padding: 0 .55em; margin: 0 .2em;
       border-radius: 1em; border: 1px solid color-mix(in srgb, currentColor 30%, transparent) }
.asked { margin: .6rem 0 0; padding: .55rem .9rem; border-radius: .9rem .9rem .9rem .2rem;
         display: inline-block; overflow-wrap: anywhere; font-weight: 600;
         background: color-mix(in srgb, currentColor 8%, transparent) }
.quote { font-size: clamp(1.3rem, 2.4vw, 1.85rem); line-height: 1.3; margin: .2rem 0 .3rem;
         padding: .1rem 0 .2rem 1rem; overflow-wrap: anywhere; opacity: 1;
         border-left: 4px solid #2f8072 }
.quote.calm { font-size: 1.15rem; line-height: 1.45;
              border-left-color: color-mix(in srgb, currentColor 35%, transparent) }
.written { font-family: "Source Serif", Georgia, serif; font-size: 1.25rem; line-height: 1.45;
           margin: .2rem 0; overflow-wrap: anywhere }
.waiting { margin: 0; opacity: .8 }
.verdict { font-size: 1.4rem; line-height: 1.3; margin: .2rem 0 }
.sure { margin: 0; opacity: .8 }
.said { margin: .5rem 0 0; line-height: 1.6; max-width: 44rem; overflow-wrap: anywhere }
.place { margin: .2rem 0 0; font-weight: 600; overflow-wrap: anywhere }
.context { line-height: 1.65; max-width: 44rem; overflow-wrap: anywhere;
           color: color-mix(in srgb, currentColor 78%, transparent) }
.context.lines { white-space: pre-line }
.context .sentence { background: #fff0b3; color: #25292c; padding: .1em .15em;
                     border-radius: .2em; box-decoration-break: clone;
                     -webkit-box-decoration-break: clone }
.context mark { background: #f6c945; color: #1b1d1f; padding: .1em; border-radius: .2em;
                font-weight: 600 }
[role="radio"][aria-checked="true"], [role="radio"][aria-checked="true"] p {
  color: inherit !important; font-weight: 600 }
[data-testid="stSliderThumbValue"],
[data-testid="stSliderThumbValue"] * { color: inherit !important }
[data-testid="stCaptionContainer"] { color: inherit; opacity: .8 }
[data-testid="stPageLink"] p { white-space: normal; overflow-wrap: anywhere; line-height: 1.35 }
[class*="st-key-entry-"] { gap: .2rem }
[class*="st-key-top-"] { flex-wrap: nowrap }
[class*="st-key-entry-"] [data-testid="stPageLink"] a { padding-left: 0 }
[class*="st-key-entry-"] [data-testid="stPageLink"] p { font-size: 1.05rem }
[class*="st-key-place-"] button,
[class*="st-key-evidence-"] button { min-height: 2rem; padding: .15rem .7rem }
[class*="st-key-turn-"] { gap: .5rem; padding-bottom: .6rem }
[class*="st-key-talk-"] button > div { justify-content: flex-start; width: 100% }
[class*="st-key-line-2"] { padding-left: 1.2rem }
[class*="st-key-line-3"] { padding-left: 2.4rem }
[class*="st-key-line-4"] { padding-left: 3.6rem }
[class*="st-key-line-"] { gap: 0 }
.st-key-leaf { padding: .4rem }
.st-key-leaf img { border-radius: .3rem }
@media (min-width: 64rem) { .st-key-beside { position: sticky; top: 3.6rem } }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none } }
</style>
"""
