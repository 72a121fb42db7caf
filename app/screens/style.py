"""The looks of what the theme does not reach; colours follow the text, so both themes fit."""

STYLE = """
<style>
.stMainBlockContainer { padding-top: 4.3rem; max-width: 84rem }
.wordmark, .title, .quote, .verdict { font-family: "Source Serif", Georgia, serif }
.wordmark { font-size: 1.9rem; font-weight: 600; line-height: 1.1; margin: 0 }
.motto { margin: .2rem 0 .4rem; opacity: .75 }
h1.title { font-size: clamp(1.5rem, 3vw, 2.2rem); font-weight: 600; line-height: 1.2;
           margin: 0; padding: 0; letter-spacing: 0; overflow-wrap: anywhere }
dl.facts { display: flex; flex-wrap: wrap; gap: .4rem 2.2rem; margin: 0; padding: 0 }
.facts dt { font-size: .8rem; font-weight: 400; opacity: .75; margin: 0 }
.facts dd { margin: 0; font-weight: 600 }
ol.steps { max-width: 38rem; line-height: 1.6; padding-left: 1.2rem; margin: 1rem 0 }
.steps li { margin: .5rem 0; padding: 0 }
.asked { margin: .8rem 0 0; font-weight: 600; opacity: .8; overflow-wrap: anywhere }
.quote { font-size: clamp(1.4rem, 2.6vw, 2rem); line-height: 1.3; margin: .3rem 0 .4rem;
         padding: .1rem 0 .2rem 1rem; overflow-wrap: anywhere; opacity: 1;
         border-left: 4px solid #2f8072 }
.verdict { font-size: 1.6rem; line-height: 1.3; margin: .3rem 0 .2rem }
.sure { margin: 0; opacity: .8 }
.place { margin: .2rem 0 0; font-weight: 600; overflow-wrap: anywhere }
.context { line-height: 1.65; max-width: 44rem; overflow-wrap: anywhere;
           color: color-mix(in srgb, currentColor 78%, transparent) }
.context.lines { white-space: pre-line }
.context .sentence { background: #fff0b3; color: #25292c; padding: .1em .15em;
                     border-radius: .2em; box-decoration-break: clone;
                     -webkit-box-decoration-break: clone }
.context mark { background: #f6c945; color: #1b1d1f; padding: .1em; border-radius: .2em;
                font-weight: 600 }
[class*="st-key-open-"] button { justify-content: flex-start; text-align: left }
[class*="st-key-open-"] button > div { justify-content: flex-start; width: 100% }
[class*="st-key-open-"] button p { text-align: left }
[class*="st-key-place-"] button { color: inherit !important }
</style>
"""
