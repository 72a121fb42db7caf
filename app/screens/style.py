"""The looks of what the theme does not reach; colours follow the text, so both themes fit."""

STYLE = """
<style>
.wordmark { font: 600 1.9rem/1.1 Georgia, "Iowan Old Style", serif; margin: 0; letter-spacing: -.01em }
.motto { margin: .2rem 0 .6rem; opacity: .75 }
.title { font: 600 clamp(1.5rem, 3vw, 2.1rem)/1.2 Georgia, "Iowan Old Style", serif;
         margin: 0; overflow-wrap: anywhere }
.facts { display: flex; flex-wrap: wrap; gap: .4rem 2.2rem; margin: 0 0 .4rem }
.facts dt { font-size: .8rem; opacity: .75 }
.facts dd { margin: 0; font-weight: 600 }
.steps { max-width: 38rem; line-height: 1.6; padding-left: 1.2rem }
.steps li { margin: .5rem 0 }
.asked { margin: .8rem 0 0; font-weight: 600; opacity: .8; overflow-wrap: anywhere }
.quote { font: 400 clamp(1.35rem, 2.6vw, 1.9rem)/1.35 Georgia, "Iowan Old Style", serif;
         margin: .2rem 0 .3rem; padding: .1rem 0 .1rem 1rem; overflow-wrap: anywhere;
         border-left: 4px solid #2f8072 }
.verdict { font: 400 1.5rem/1.35 Georgia, "Iowan Old Style", serif; margin: .2rem 0 0 }
.sure { margin: 0; opacity: .8 }
.place { margin: .2rem 0 .4rem; font-weight: 600; overflow-wrap: anywhere }
.context { line-height: 1.65; max-width: 44rem; overflow-wrap: anywhere;
           color: color-mix(in srgb, currentColor 78%, transparent) }
.context.lines { white-space: pre-line }
.context .sentence { color: initial; background: #fff0b3; color: #25292c;
                     box-decoration-break: clone; -webkit-box-decoration-break: clone;
                     padding: .1em .15em; border-radius: .2em }
.context mark { background: #f6c945; color: #1b1d1f; padding: .1em .1em; border-radius: .2em;
                font-weight: 600 }
</style>
"""
