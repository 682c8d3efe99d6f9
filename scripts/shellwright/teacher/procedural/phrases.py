"""Phrases: what stands around the facts of an instruction, each in many forms.

An opening holds `{situation}` (sentences about what lies where) and the reason once each: as
`{reason}`, a clause in lower case, or as `{Reason}`, the same at the start of a sentence. It may
name `{team}` and `{organisation}`, in a signature also `{role}` and `{label}`, which have no
article; all but the last come with a capital letter, too.
"""

from __future__ import annotations

#: Openings of a note: somebody says who asks.
NOTE = (
    "{Reason}. That is why {team} at {organisation} could use some help. {situation}",
    "{Team} at {organisation} has a job for you. {Reason}. {situation}",
    "{situation}\n\nA word on why I ask: {reason}. I am writing for {team} at {organisation}.",
    "Here is what is going on at {organisation}: {reason}. {situation}",
    "I help {team} at {organisation} with computers. {Reason}. {situation}",
    "Since {reason}, {team} at {organisation} has asked me to see to this, and I am passing it "
    "on to you. {situation}",
    "Everything you need is on this machine. {situation} It is for {team} at {organisation}, "
    "as {reason}.",
    "There is something to do for {team} at {organisation}. {Reason}. {situation}",
    "At {organisation}, {reason}. {situation}",
    "My colleagues from {team} at {organisation} are waiting for this. {Reason}. {situation}",
    "Let me start with the why: {reason}. I am with {team} at {organisation}. {situation}",
    "As {reason}, I would like to hand this over to you. {situation} If anybody asks, it is for "
    "{team} at {organisation}.",
    "On behalf of {team} at {organisation}, I would be glad if you took care of what follows. "
    "{Reason}. {situation}",
    "This one is important to {organisation}. {Reason}. {situation}",
    "Some work for today, please: {team} at {organisation} has nobody free. {Reason}. {situation}",
    "This landed with {team} at {organisation}, and now with you. {Reason}. {situation}",
    "I'd like your help with a job for {organisation}. {Reason}. {situation}",
    "For background, I am helping out {team} at {organisation}. {Reason}. {situation}",
    "The short version is that {reason}. {Team} at {organisation} would be grateful for your "
    "help. {situation}",
    "You are hearing from {team} at {organisation}. {Reason}. {situation}",
    "Another one for {organisation}. {Reason}. {situation}",
    "You are on a machine of {organisation}, and I am writing for {team}. {Reason}. {situation}",
    "{situation} It is {team} at {organisation} that is asking: {reason}.",
    "Do you have time for a job from {team} at {organisation}? {Reason}. {situation}",
    "Can you help {team} at {organisation} out today? {Reason}. {situation}",
    "I was asked by {team} at {organisation} to sort this out and cannot do it myself. {Reason}. "
    "{situation}",
    "Before the day is over I need something done for {team} at {organisation}. {Reason}. "
    "{situation}",
    "Still open at {organisation} this week is what follows below. {Reason}. {situation}",
    "Please take over a job from {team} at {organisation}. {Reason}. {situation}",
    "What follows is for {organisation}, more exactly for {team}. {Reason}. {situation}",
    "Whoever picks this up should know that it comes from {team} at {organisation}. {Reason}. "
    "{situation}",
    "I am writing from {organisation}, because {reason}. {situation}",
    "Here at {organisation} we are stuck without your help. {Reason}. {situation}",
    "A request from {team}, {label}. {Reason}. {situation}",
    "To explain where this comes from: {reason}. {Team} at {organisation} would do it alone if "
    "there were time. {situation}",
    "All of this is for {team} at {organisation}, where I work. {Reason}. {situation}",
    "{Organisation} needs a hand. {Reason}. {situation}",
    "Thanks for stepping in for {team} at {organisation}. {Reason}. {situation}",
    "New work from {organisation}: {reason}. {situation}",
    "A word about us first. I am with {team} at {organisation}. {Reason}. {situation}",
    "In case you wonder why this comes from {organisation}: {reason}. {situation}",
    "Nobody else at {organisation} knows a terminal well enough for this. {Reason}. {situation}",
    "We at {organisation} would rather ask than get it wrong. {Reason}. {situation}",
    "Today's job comes from {team} at {organisation}. {Reason}. {situation}",
    "Let me describe what {organisation} needs. {Reason}. {situation}",
    "If you have an hour to spare, {team} at {organisation} could use it. {Reason}. {situation}",
    "Not much of a story behind this one: {reason}. {situation} The results go to {team} at "
    "{organisation}.",
    "Before I forget it, here is something for {organisation}. {Reason}. {situation}",
    "In short, {reason}. {situation} You would be doing {team} at {organisation} a favour.",
    "Speaking for {team} at {organisation}: {reason}. {situation}",
    "It is my turn to do this for {organisation}, and I would like your help. {Reason}. "
    "{situation}",
    "My team, {team} at {organisation}, is short of people. {Reason}. {situation}",
    "I coordinate things for {organisation}. {Reason}. {situation}",
    "Could somebody look after this for {organisation}? {Reason}. {situation}",
    "Would you mind doing {team} at {organisation} a favour? {Reason}. {situation}",
    "Please read this to the end first. {Reason}. {situation} You do this for {team} at "
    "{organisation}.",
    "A job has come up at {organisation}. {Reason}. {situation}",
    "Your help is wanted at {organisation}. {Reason}. {situation}",
    "Let me tell you what {team} at {organisation} is up against. {Reason}. {situation}",
    "With {team} at {organisation} it is like this: {reason}. {situation}",
    "Forwarded from {team} at {organisation}, with a plea for help. {Reason}. {situation}",
    "Nothing dramatic, but {organisation} needs it soon. {Reason}. {situation}",
    "Colleagues at {organisation} asked for this in the morning. {Reason}. {situation}",
    "One for the command line, from {team} at {organisation}. {Reason}. {situation}",
)

#: Openings of a mail, below a greeting; the signature says who asks.
MAIL = (
    "{Reason}. {situation}",
    "{situation} {Reason}.",
    "I hope you can help. {Reason}. {situation}",
    "{Reason}, so here is what I would ask of you. {situation}",
    "I am sorry for the short notice. {Reason}. {situation}",
    "As I said on the phone, {reason}. {situation}",
    "You asked what you could take over. {Reason}. {situation}",
    "May I hand you something? {Reason}. {situation}",
    "I would do it myself, but I am away from tomorrow. {Reason}. {situation}",
    "{situation}\n\nI come to you with it because {reason}.",
    "The background first: {reason}. {situation}",
    "I mentioned this to you in the corridor. {Reason}. {situation}",
    "To follow up on this morning: {reason}. {situation}",
    "I am in meetings all day. {Reason}. {situation}",
    "{situation} For your background, {reason}.",
    "It would be a great help if you could look after the following. {Reason}. {situation}",
    "I have been told that you are good at this sort of thing. {Reason}. {situation}",
    "I write to you because {reason}. {situation}",
)
GREETINGS = (
    "Hello,", "Hi,", "Good morning,", "Good afternoon,", "Hi there,", "Dear colleague,",
    "Hello again,", "Hi again,", "Good evening,", "Hello from the office,",
    "Good day,",
)  # fmt: skip
SIGN_OFFS = (
    "Thanks,\n{name}",
    "Many thanks\n{name}, {role}",
    "Thank you!\n\n{name}\n{Role}, {label}",
    "Best,\n{name}\n{label}",
    "Kind regards\n{name}\n{Role}\n{label}",
    "Cheers,\n{name}",
    "Best wishes from {team}\n{name}",
    "Thanks in advance\n{name} ({label})",
    "Regards,\n{name}\n{label}",
    "With thanks,\n{name} for {team}",
    "Greetings\n{name}, {label}",
    "{name}\n{Role}, {label}",
)

#: Openings of a message in a chat.
CHAT = (
    "Hey, {role} here. {Reason}, so can you help? {situation}",
    "Morning! {Reason}. {situation}",
    "Quick one from {organisation}: {reason}. {situation}",
    "Got a minute? {Reason}. {situation}",
    "Hi! Small favour for {team}, since {reason}. {situation}",
    "Are you around? {Reason}. {situation}",
    "Sorry to barge in. {Reason}. {situation}",
    "So, {reason}. {situation}",
    "This one is for you, I think. {Reason}. {situation}",
    "OK, next thing for {organisation}. {Reason}. {situation}",
    "Me again, from {team}. {Reason}. {situation}",
    "Hey, have a look at this when you can. {situation} {Reason}.",
    "Need a favour. {Reason}. {situation}",
    "Hi from {organisation}. {Reason}. {situation}",
    "Do you have your terminal open? {Reason}. {situation}",
    "Hello hello, {role} again. {Reason}. {situation}",
    "Can I bother you with something? {Reason}. {situation}",
    "Something for you, if you like. {situation} {Reason}.",
    "Right, {reason}. {situation}",
)

#: What leads over to a list of wishes.
LISTS = (
    "This is what I need:",
    "What I need from you:",
    "Please do the following:",
    "Here is the list:",
    "The work, in order:",
    "In this order, please:",
    "What has to be done:",
    "These are the steps that I would like you to take care of:",
    "My list:",
    "The things to do:",
    "We need all of this:",
    "So, one after the other:",
    "I have written down what it takes:",
    "To be done:",
    "Point by point:",
    "It comes to this:",
    "Could you do the following for us?",
    "What we are after:",
)
#: Marks of the points of a list; `{n}` is the number and `{a}` the letter of a point.
MARKS = ("{n}. ", "{n}. ", "{n}) ", "- ", "* ", "{a}) ", "({n}) ")

#: What stands before a wish that is neither the first nor the last. Each ends with a colon.
NEXT = (
    "Then: ", "After that: ", "With that in place: ", "Next: ", "Once that is done: ",
    "The next thing: ", "From there: ", "And then: ", "When you have that: ", "Next step: ",
    "Moving on: ", "On top of that: ", "Further: ", "Another thing: ",
    "Next in line: ", "Right after that: ", "That done: ", "Going on from there: ",
)  # fmt: skip
LAST = (
    "Finally: ", "And at the end: ", "Last: ", "To finish: ", "The last bit: ", "Lastly: ",
    "And then the last step: ", "To round it off: ", "What remains: ", "After all that: ",
    "Only one thing is left then: ", "And to close: ", "That leaves one point: ",
    "And one last thing: ",
)  # fmt: skip

#: What is said of the inputs where everything that was given stays.
KEEP = (
    "Leave the files that you were given as they are.",
    "The inputs must not be changed.",
    "Do not touch the originals.",
    "What we gave you has to stay exactly as it is.",
    "Nothing that is there already may be altered.",
    "The files you start from are needed elsewhere too, so do not change them.",
    "I want to find the original files untouched afterwards.",
    "Whatever is there now has to be the same when you are done.",
    "Just read the inputs, don't edit them.",
    "Be careful not to modify what you were given.",
    "The source material stays the way it is, please.",
    "Others still use the input files, which must therefore not change.",
    "We compare the inputs afterwards: they have to be what they were.",
    "None of the files that exist now should be different in the end.",
    "Everything that you find there is to be left unchanged.",
    "Inputs are read-only as far as we are concerned.",
    "No changes to the inputs, please.",
    "Do not write to any of the files that were there before you.",
    "It goes without saying that the originals stay as they are.",
    "Please keep your hands off the originals.",
    "The original files are our only copies, so leave them alone.",
    "Only add to what is there; the given files remain as they are.",
    "I'd hate to lose the originals, so please leave them unchanged.",
    "Our files have to survive this without a change.",
)
#: The same where some of what was given is what has to change.
REST = (
    "Apart from that, leave what you were given as it is.",
    "Nothing else that you were given may be changed.",
    "Whatever I have not mentioned stays as it is.",
    "Please change only what I have asked you to change.",
    "All other files that are there have to stay as they are.",
    "The rest of what is there is not to be touched.",
    "Everything else remains as you found it.",
    "Other than what I described, no given file may be altered.",
    "Keep your changes to what is described here.",
    "Files that I did not ask you to change must be the same afterwards.",
    "Beyond this, leave things as they are.",
    "Any other input stays untouched, please.",
    "I have said what may change; the rest may not.",
    "No other changes to what is already there, please.",
)
#: What is said of paths and formats, if anything.
EXACT = (
    "The results are read by a program, so names, columns and formats have to be exactly as said.",
    "Paths and formats matter: other tools pick the files up from there.",
    "Please stick to the paths and formats given.",
    "A script collects the results, so each has to be where I said and look as I said.",
    "Names and formats are fixed, I am afraid; others depend on them.",
    "If a name or a format differs from what I wrote, the next person cannot use it.",
    "The exact names matter more than they seem to.",
    "I check the results against what is written here, to the letter.",
    "Do not add anything to the results that I have not asked for.",
    "What I wrote about names and formats is meant literally.",
    "Please take the paths over as they stand here.",
    "Somebody else takes it from there and goes by the names above.",
    "Small deviations in format would break what comes after.",
    "The formats were agreed on with others, so keep to them.",
    "How you get there is up to you, as long as everything is as described.",
    "I do not mind which tools you use, only that the results are right.",
    "No need to report back; having the results in place is enough.",
    "Nobody will look over the results by hand before they are used.",
    "Please check your results once more before you call it done.",
    "The results are used without further checks, so take care.",
    "That is all.",
    "That should be everything you need to know.",
    "Rather slow and right than fast and wrong, please.",
    "I will pick up the results later today.",
    "We use the results as they are, so please be exact.",
    "Please be precise; I cannot repair the results myself.",
)
#: A reminder of where the results are expected: `{paths}` are at least two, in backticks.
RECAP = (
    "In the end I expect to find {paths}.",
    "So {paths} should all be there when you are done.",
    "When you are done, {paths} should be in place.",
    "Please do not forget any of {paths}.",
    "What I look at first afterwards: {paths}.",
    "By then there should be {paths}.",
    "Afterwards I look for {paths}.",
)
