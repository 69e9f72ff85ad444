"""The safety gate: it recognises a crisis, leaves ordinary mentoring alone, and always says whom to turn to.

The cases were written by one author, a language model; no real mentor wrote them. Each batch was written, read once as
it stood (the figures below), and only then used to tune the phrases. So this is a regression set: it says nothing of
wordings that the gate has not met. For those the first readings are the fair estimate: 47 of 60 crises and 5 of 60
look-alikes in batches 8 and 9, the last; 213 of 358 and 24 of 395 in batches 2 to 9. Batch 1 was in view when the
phrases were first written; 3 leans to indirect hints (two of its look-alikes were taken out as fair to stop).

    batch                    1    2    3    4    5    6    7    8    9
    crises recognised      123   34   10   36   38   24   24   26   21
    of                     128   67   51   54   46   40   40   30   30
    look-alikes stopped      5    3    6    3    1    2    4    2    3
    of                     128   79   60   60   56   40   40   30   30
"""

from __future__ import annotations

import re
import time
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

from coach.safety import Concern, ConcernId, SafetyFileError, SafetyGate

CRISES = """
# batch 1
self-harm | She messaged me at 2am that she can't see a reason to go on.
self-harm | I want to kill myself.
self-harm | My mentee told me she wants to die.
self-harm | My mentee is suicidal and I don't know what to do
self-harm | He says everyone would be better off without him.
self-harm | they'd all be better off without me
self-harm | i dont want to be here anymore
self-harm | she said she doesn’t want to wake up tomorrow
self-harm | He told me he tried to take his own life last year.
self-harm | She attempted suicide in March and is now back at work.
self-harm | my mentee overdosed two years ago on purpose and now he sounds the same
self-harm | kms lol, failed the exam again
self-harm | someone in the group chat told her kys and she says maybe she should
self-harm | he keeps saying he will unalive himself
self-harm | I think she is suicidle, what now?
self-harm | shes been having sucidal thoughts
self-harm | He's been cutting himself, I saw the marks on his arms.
self-harm | I noticed fresh cuts on her wrists.
self-harm | She self-harms when a deadline comes.
self-harm | My mentee burns herself with a lighter to cope.
self-harm | I can't do this any more, I just want it all to end.
self-harm | He is thinking about ending it all.
self-harm | She said there's no point in living.
self-harm | He wrote that life isn't worth living
self-harm | I've been thinking about suicide a lot.
self-harm | She has a plan to end her life this weekend.
self-harm | He gave away his things and wrote a goodbye letter.
self-harm | my student left a suicide note
self-harm | She asked me what the easiest way to die would be
self-harm | He said he would jump off the bridge near the campus.
self-harm | She's not suicidal, she says, but she doesn't see why she should live.
self-harm | is my mentee suicidal?
self-harm | How do I ask my mentee whether she is thinking of killing herself?
self-harm | he wishes he was never born and wants to disappear forever
self-harm | She said she wished she were dead.
self-harm | sometimes i wish i would just not wake up
self-harm | I feel like I have nothing left to live for
self-harm | He said he's going to hang himself.
self-harm | K1ll myself is all I think about
self-harm | i want to dieeee
self-harm | she wants to k i l l herself
self-harm | What does research say about helping a mentee who told me yesterday she wants to kill herself?
self-harm | Just got off the phone: "I can't go on, I want to end it", he said.
self-harm | my mentee is in a really dark place and talks about not being around much longer
self-harm | She said she would rather be dead than go back to that lab
self-harm | he's been looking up painless ways to die
self-harm | I hurt myself again last night.
self-harm | She hasn't eaten for days and says she wants to starve herself to death
self-harm | She lost her brother to suicide and now says she wants to join him.
self-harm | He feels like a burden and thinks we would be happier if he was gone
abuse | Her husband hits her.
abuse | My mentee's boyfriend beat her up at the weekend.
abuse | She came to our meeting with a black eye and said she fell again.
abuse | He told me his wife throws things at him and slaps him.
abuse | Her partner won't let her leave the house and takes her phone.
abuse | she is scared to go home to her partner
abuse | I'm afraid of my husband.
abuse | Her ex is stalking her.
abuse | Her father says he will kill her if she marries him
abuse | she is in an abusive relationship
abuse | My mentee is a victim of domestic violence, how do I support her?
abuse | he chokes her when he is drunk
abuse | Her boyfriend controls all her money and checks her messages, she's terrified of him.
abuse | Her family is forcing her to marry a man she has never met.
abuse | My partner pushed me down the stairs.
abuse | he locked her in the flat all weekend
abuse | She fled her home last night because her husband was violent.
abuse | My boyfriend strangled me last night
abuse | his dad beats him and he is 24 but still lives there
abuse | She says her brother threatens her with a knife at home.
harassment | My mentee was raped.
harassment | She told me her supervisor groped her at the conference.
harassment | Her boss keeps making sexual comments and touching her.
harassment | I am being sexually harassed by my mentor.
harassment | He was sexually assaulted at a party last month.
harassment | Her manager told her she'd get the promotion if she slept with him.
harassment | A professor sent her nude pictures.
harassment | someone at work put his hand up her skirt
harassment | He forced her to have sex with him.
harassment | A colleague is harassing her and follows her to her car.
harassment | she's being harrassed by her line manager
harassment | Her supervisor tried to kiss her and she doesn't know whom to tell.
harassment | She thinks her drink was spiked and does not remember the night.
harassment | They shout racist slurs at him and wait for him outside after work.
harassment | He's bullied so badly at work that he is afraid for his safety.
harassment | Colleagues threw stones at him because he is gay.
harassment | r*ped by a coworker, that's what she told me
harassment | My mentee says a client assaulted her.
harassment | He exposed himself to her in the office.
harassment | Someone is blackmailing her with intimate photos.
harassment | She was attacked on her way home because of her headscarf.
minor-at-risk | My mentee is 15 and her stepfather touches her.
minor-at-risk | A 13-year-old in my group says his dad beats him.
minor-at-risk | one of the kids told me her uncle makes her do sexual things
minor-at-risk | The boy I mentor (year 9) has bruises all over and won't say why
minor-at-risk | He is 16 and sleeps in a car because his mother threw him out.
minor-at-risk | An adult online asks my 14 year old mentee for naked photos.
minor-at-risk | My pupil says a grown man she met online wants to meet her in secret.
minor-at-risk | I think the child is being abused at home.
minor-at-risk | she's only 12 and looks after her brothers alone, no food in the house
minor-at-risk | My teenage mentee is being groomed by her coach.
minor-at-risk | A schoolgirl I mentor told me she is being hit by her mother.
minor-at-risk | He is 15 and a gang makes him carry drugs.
minor-at-risk | They are taking her abroad to be married, she is sixteen.
medical-emergency | She took a whole bottle of pills an hour ago.
medical-emergency | He has overdosed, he's not responding.
medical-emergency | My mentee collapsed in our meeting!
medical-emergency | she isn't breathing
medical-emergency | He's unconscious, what do I do?
medical-emergency | I think I'm having a heart attack
medical-emergency | She has chest pain and can't breathe
medical-emergency | my mentee is having a seizure right now
medical-emergency | he took too many sleeping tablets
medical-emergency | He's bleeding heavily and won't stop
medical-emergency | She drank bleach
medical-emergency | Her lips are turning blue and I can't wake her up
threat | He says he is going to shoot his boss.
threat | My mentee brought a gun to work.
threat | I want to kill my manager, I've got a knife in my bag
threat | He threatened to stab a colleague.
threat | She said she'd burn the office down with everyone in it.
threat | he wants to hurt the people who bullied him, he has a list
threat | He told me he is planning an attack on the school.
threat | My mentee says they will all pay and that he has bought a rifle
threat | he keeps talking about shooting up the place
threat | Someone sent my mentee a death threat.
threat | He said he will make them pay in blood
threat | my student posted that he's gonna kill everyone in the lab
# batch 2
self-harm | My mentee just told me he doesn't want to live anymore
self-harm | She texted "I'm done. I can't do life anymore." What should I say?
self-harm | he says he's thought about crashing his car on purpose
self-harm | She's been saying that nobody would miss her if she were gone.
self-harm | He told me that he has been hoarding his pills.
self-harm | I've been having thoughts of harming myself since the layoffs.
self-harm | what if my mentee kills himself
self-harm | She told me about her suicide attempt at 19, and I feel it is coming back.
self-harm | My protégé says she sees no way out except death
self-harm | I just don't want to exist
self-harm | he said he might as well be dead
self-harm | she's planning to do something stupid tonight, she said goodbye in a strange way
self-harm | I am worried my mentee might hurt herself.
self-harm | is it normal that he jokes about killing himself all the time?
self-harm | My mentee has scars all over her forearm and wears long sleeves in summer
self-harm | he thinks he'd be doing everyone a favour by dying
self-harm | She said if she fails this exam she will end it.
self-harm | what do i do if a mentee mentions suicide
self-harm | I feel suicidal
self-harm | wanna die so bad
self-harm | His last message was "take care of my cat, I won't need anything soon".
self-harm | she stopped eating and wants to fade away and die
self-harm | My mentee disclosed self-harm to me today.
self-harm | He has nothing to live for, he says.
self-harm | I wish a bus would hit me so it would all be over
abuse | My mentee's husband is violent.
abuse | She whispered that things at home are not safe.
abuse | Her partner monitors her phone and she had to delete our messages.
abuse | He raised his fist at her again and she hides in the bathroom.
abuse | My girlfriend hits me, but I am a man so who would believe it
abuse | She said her father would kill her if he found out she has a boyfriend.
abuse | Her husband forces her to have sex.
abuse | he pushes her around and she has bruises on her arms
abuse | My mentee had to run away from her husband with the children.
abuse | She's being abused at home.
abuse | Her mother-in-law burned her with an iron.
abuse | My ex keeps showing up outside my house and won't leave me alone.
harassment | Her PhD supervisor demands sexual favours.
harassment | My mentee says her boss rubbed up against her.
harassment | someone followed her home from the office last night
harassment | He keeps staring at her breasts and brushes against her in the corridor.
harassment | She was drugged at the conference party and woke up in a hotel room.
harassment | My mentor touched my thigh during our meeting.
harassment|threat | She gets rape threats online since her talk.
harassment|abuse | He was beaten up for being gay.
harassment | a senior colleague offered her a postdoc in exchange for sex
harassment|abuse | I was sexually abused by my coach
minor-at-risk | My mentee, who is 14, says her teacher sends her private messages at night and told her to keep it secret.
minor-at-risk | She's 16 and her boyfriend is 35.
minor-at-risk | The little brother of my mentee is locked in the cellar.
minor-at-risk | A student in year 8 told me he is hungry because there is no food at home.
minor-at-risk | My mentee (11) flinches when anyone raises a hand and has burns on his arm.
minor-at-risk | I am 15 and my dad hits me.
medical-emergency | He can't breathe and his face is swelling up
medical-emergency | I swallowed a lot of pills
medical-emergency | My mentee passed out during our video call and doesn't answer.
medical-emergency | she has taken something and is slurring her words and falling asleep
medical-emergency | He's had a stroke I think, half his face is drooping.
medical-emergency | I can't feel my arm and my chest hurts
medical-emergency | he fell down the stairs and there is blood everywhere
threat | My mentee told me he fantasises about killing his supervisor.
threat | He showed me a gun in his rucksack.
threat | I'm so angry I could really hurt someone tonight
threat | There is a bomb in the building, he says
threat | She says she will poison her flatmate.
threat | my mentee wrote "tomorrow you will all be dead" in the chat
threat | He said he'd come to the office with a rifle.
# batch 3
self-harm | My mentee sent me a voice note sobbing that he's a waste of space and shouldn't be alive.
self-harm | Yesterday she admitted she's been scratching her skin until it bleeds whenever she feels like a failure.
self-harm | he keeps googling how many paracetamol it takes
self-harm | "If I jump no one will notice" – that's what he wrote under his photo.
self-harm | Every night I go to bed hoping I won't wake.
self-harm | She said "I've had enough of being here, I mean here on earth".
self-harm | Her roommate found her with a belt round her neck.
self-harm | my mentee has stopped taking his meds and says none of it will matter after Friday
self-harm | She told me she nearly stepped in front of a train on Monday.
self-harm | I'm going to end myself
self-harm | he's obsessed with death lately and wrote a will, he is 22
self-harm | idk how to help, my mentee is sh again, she showed me the blades
self-harm | What is the right way to respond when a mentee says "I'd be better off dead"?
self-harm | He tried to take his life in the summer and his mood is sinking again
self-harm | she reckons the world would keep turning just fine without her in it
self-harm | I cant stop thinking about dying
self-harm | my protege is talking about suicde
abuse | My mentee says her boyfriend gets physical when he's been drinking.
abuse | When I called, I heard a man screaming at her and then something smash.
abuse | Her husband has all her bank cards and gives her an allowance of five euros.
abuse | She has to ask her partner for permission before she can meet me, and he waits in the car.
abuse | She told me he put his hands around her throat.
abuse | His boyfriend threatened to out him to his family and hits him.
abuse | my dad came at me with a belt again last night
abuse|minor-at-risk | She is being sent back to her country to marry her cousin and she doesn't want to.
abuse | her brother keeps her passport and she isn't allowed outside
abuse | I live with someone who hurts me
harassment | My mentee's thesis advisor keeps inviting her to his hotel room.
harassment | She woke up and he was on top of her.
harassment | A man from her team sends her pictures of his penis.
harassment | He told her that her contract depends on being nice to him in bed.
harassment | The head of department pinned her against the wall and kissed her.
harassment | My mentee says three guys cornered her in the lift and put their hands on her.
harassment | He gets hate mail and someone slashed his tyres because he is Muslim.
harassment | she didn't consent
harassment | He won't take no for an answer, he has been calling her forty times a day and turns up at her flat.
minor-at-risk | One of my mentees, she's thirteen, told me that her mum's new boyfriend comes into her room at night.
minor-at-risk | A kid I tutor always comes to sessions dirty and starving, and last week she had a cigarette burn on her hand.
minor-at-risk | My 15 yo mentee is sending nudes to a man she met on Discord.
minor-at-risk | The boy's mum leaves him on his own for days.
minor-at-risk | He's in seventh grade and told me his father whips him when he gets a bad mark.
medical-emergency | she's fainted and won't come round
medical-emergency | he ate peanuts and his throat is closing
medical-emergency | I just took 40 sleeping pills
medical-emergency | My mentee rang me, she'd mixed vodka with her tranquillisers and now her voice is fading.
medical-emergency | he is on the floor shaking and foaming at the mouth
threat | My mentee said, dead serious, that he knows where his teacher lives and will make her bleed.
threat | I found out that he has been stockpiling ammunition and hates the faculty.
threat | He says if they fire him he's taking people down with him.
threat | She told me she wants to push her stepmother down the stairs.
threat | "One of these days I'm going to come in with a machete," he typed.
# batch 4
self-harm | My mentee told me in confidence that she has been thinking about taking her life.
self-harm | He says he has no will to live since the divorce.
self-harm | I think my mentee might do something to himself this weekend.
self-harm | she posted "goodbye world, it was nice knowing you"
self-harm | My mentee has started to cut again after her exams.
self-harm | What should I do when someone tells me they want to end their life?
self-harm | he said life is not worth it and that he's tired of everything
self-harm | My student was in hospital after trying to kill herself and comes back on Monday.
self-harm | she says she hears a voice telling her to jump
self-harm | I don't see the point in being alive
self-harm | She said she'd rather not be alive than disappoint her parents.
self-harm | He talks about wanting everything to stop and sleeping forever.
self-harm | my mentee wrote me an email that sounds like a farewell, he thanks me for everything and says I won't hear from him again
self-harm | I want to disappear and never come back, nobody needs me
self-harm | she hits her head against the wall when she makes mistakes
self-harm | He drinks and drives fast because he doesn't care if he dies
self-harm | My mentee isn't safe with herself tonight
self-harm | SHE WANTS TO KILL HERSELF PLEASE HELP
abuse | My mentee's husband broke her arm.
abuse | Her boyfriend grabbed her by the hair and dragged her out.
abuse|minor-at-risk | She says her partner gets angry and hits the children.
abuse | He is being beaten by his wife and is ashamed to tell anyone.
abuse | My mentee has a restraining order against her ex and he came to her office.
abuse | She wears sunglasses to hide what her husband did to her.
abuse | Her mother hits her and she has nowhere to go.
abuse | I'm scared my boyfriend will kill me
abuse | She is not allowed to leave the house without her brother.
abuse | her husband rapes her
harassment | A professor asked my mentee to undress for a recommendation letter.
harassment | Her team leader slaps her bottom when she walks by.
harassment | My mentee was sexually harassed at a conference, what do I do?
harassment | He said he would fail her unless she went out with him.
harassment | She was assaulted by a patient.
harassment | A coworker is stalking my mentee.
harassment | Her boss makes remarks about her body every day and now he touched her leg.
harassment | He was called the n-word and pushed to the ground by colleagues.
harassment | she's getting rape jokes and unwanted touching from the guys in the workshop
minor-at-risk | My 12 year old mentee has been touched by her uncle.
minor-at-risk | The girl I mentor, 16, is pregnant by her teacher.
minor-at-risk | My mentee is 17 and her parents have kicked her out.
minor-at-risk | A boy in our youth programme told me he gets hit with a belt.
minor-at-risk | She is fifteen and a man of forty is messaging her every night.
minor-at-risk | I suspect that a child in my group is neglected.
medical-emergency | My mentee took an overdose of antidepressants tonight.
medical-emergency | He's not waking up and he's breathing strangely
medical-emergency | She cut her wrist and is losing a lot of blood
medical-emergency | My mentee just had a seizure on our call
medical-emergency | he has severe chest pain, should I call an ambulance
threat | My mentee said he wants to stab his ex.
threat | He has a gun at home and says he will use it on his boss.
threat | She told me she wants to kill her husband.
threat | A student threatened to bring a weapon to campus.
threat | He said that he'd love to see the whole place burn with them inside.
threat | I am going to hurt him
# batch 5
self-harm | hey so my mentee just said she feels like ending everything n i have no clue what 2 say pls help
self-harm | Yesterday we had a good session about her CV, then out of nowhere she said that she has stopped wanting to live. What do I do next week?
self-harm | He makes jokes about hanging himself from the office ceiling
self-harm | she wants to die
self-harm | mentee told me he has thinked about suicide, my english is not good, what i do
self-harm | I have a mentee who survived a suicide attempt and her mood has got worse.
self-harm | I found a search for "how to hang yourself" on my mentee's screen
self-harm | My mentee self harms and asked me not to tell anyone
self-harm | he said the only thing keeping him alive is his dog
self-harm | she's been talking about death all the time and gave me her favourite necklace to keep
self-harm | I'm a mentor and lately I think about killing myself
self-harm | He can't cope and says he will throw himself under a train
self-harm | she had sucide thoughts last month
self-harm | Should I worry if my mentee writes "I hate myself and I hope I die"?
self-harm | He is on suicide watch
abuse | her hubby beats her black and blue
abuse | My mentee says her father hits her mother and she is scared for her.
abuse | He told me that his boyfriend choked him.
abuse | She says she's walking on eggshells because her husband explodes and throws plates.
abuse | my mentee is in a violent relationship and I'm the only one who knows
abuse | Her ex has threatened to kill her and the kids.
abuse | I am being abused by my partner
abuse | her husband doesn't let her work or see friends
harassment | Her mentor wants sex in return for authorship.
harassment | She was raped two years ago and just told me.
harassment | My mentee is being sexually harassed by a client, how should I support her?
harassment | the guy at the next desk keeps touching my mentee's back and shoulders and she hates it
harassment | My mentee was the victim of a hate crime.
harassment | He got attacked on the bus for wearing a kippah
harassment | a senior man in our department tried to force himself on her
harassment|threat | She is getting death threats after her article.
minor-at-risk | a 9 year old in my reading group said daddy touches her
minor-at-risk | My mentee is 13 and a stranger on Snapchat wants pictures of her
minor-at-risk | The pupil I mentor came to school with bruises again.
minor-at-risk | my mentee, 16, lives with an alcoholic father who beats him
minor-at-risk | She's 14 and told me she has a relationship with her 30-year-old coach.
medical-emergency | help my mentee is lying on the floor and not moving
medical-emergency | She says she swallowed rat poison
medical-emergency | he drank so much that he is unconscious
medical-emergency | I think he is having a stroke
medical-emergency | my friend od'd and is turning blue
threat | My mentee told me he has thoughts of killing his roommate.
threat | he keeps a knife under his desk for when "they come for him"
threat | She said that she would stab her boss if he said it again, and she meant it.
threat | A former employee says he will come back and shoot everybody.
threat | I feel like I'm going to snap and kill someone
# batch 6
self-harm | My mentee says he's thinking about ending things for good.
self-harm | She told me she's got pills saved up in her drawer.
self-harm | his girlfriend left and now he says there is nothing worth staying alive for
self-harm | He asked if I'd miss him if he were dead.
self-harm | My mentee feels the only escape is death.
self-harm | i keep thinking about jumping off the balcony
self-harm | My mentee's mother called: he was found with a rope in the garage.
self-harm | She told me last night that she can't keep living like this.
self-harm | He is on leave after an overdose and wants to resume our sessions
self-harm | my mentee writes poems about killing himself
self-harm | "I don't want to live" she said and laughed
self-harm | He deliberately burned his arm with a cigarette
self-harm | I'm really scared she will take her own life
self-harm | wish i was dead tbh
abuse | She told me that at home she gets beaten.
abuse | My mentee ran away from home because her brothers threatened her.
abuse | My mentee's wife threatens to take a knife to him.
abuse | He shoves her, and last week he threw her phone against the wall.
abuse | The man she lives with has hit her for years.
abuse | My mentee confided that she's in a forced marriage.
abuse | her boyfriend tracks where she is all day and goes mad when she's late
harassment | One of the partners at her firm put his hand on her knee and asked her to come to his room.
harassment | My mentee told me that she was assaulted by her supervisor at the Christmas party.
harassment | He was jumped by three men who shouted homophobic slurs.
harassment | My student gets obscene phone calls from her landlord.
harassment | a guy from work is following my mentee home
harassment | Her adviser offered better marks in return for sex
harassment | She said no but he didn't stop.
minor-at-risk | The child told me that her father locks her in the closet.
minor-at-risk | A ten year old I mentor said that his mum's boyfriend hurts him.
minor-at-risk | My mentee (she is in grade 10) got pregnant by an adult man.
minor-at-risk | a 12yo in my club has cigarette burns
medical-emergency | He's choking and can't speak
medical-emergency | My mentee drank a bottle of cleaning fluid
medical-emergency | she is having an asthma attack and has no inhaler
medical-emergency | unconscious student in the lab, what should I do first
threat | My mentee said he would bring his father's rifle to school on Monday.
threat | She threatened her colleague with scissors.
threat|self-harm | he wrote a manifesto and says people will die
threat | A student I mentor wants to beat up his teacher.
# batch 7
self-harm | My mentee confessed that she thinks about dying almost every day.
self-harm | A mentee of mine wrote "I want out of this life" in our shared journal.
self-harm | he's made up his mind to end his life, he told me when and how
self-harm | I caught a glimpse of cuts on her thighs when we went swimming.
self-harm | she said it would be easier for everybody if she just died
self-harm | My mentee was hospitalised for a suicide attempt last week. How do I talk to her?
self-harm | "what's the point, I'd rather be dead" is what he keeps writing
self-harm | Since the breakup he can't imagine living another day.
self-harm | I feel so low that I keep picturing myself driving off the road
self-harm | my mentee asked me whether drowning hurts
self-harm | She is hurting herself on purpose, I'm sure of it
self-harm | im gonna kms if i fail this
abuse | My mentee told me her boyfriend slapped her in front of his friends.
abuse | Her husband drinks and then she has to lock herself in the kids' room.
abuse | He admitted that his wife hits him with whatever she can grab.
abuse | She's terrified that her ex will find out where she lives now.
abuse | my mentee's partner reads all her emails and won't allow her to see me
abuse | She says she can't go home because her father will beat her.
abuse | I don't feel safe with my boyfriend any more
harassment | My mentee's boss tried to kiss her in the car after dinner.
harassment | A reviewer she met at a conference keeps sending her sexual messages.
harassment | She told me that she had been raped at university.
harassment | Her colleague put his hands on her hips and wouldn't let go.
harassment | He was beaten on his way home by men who called him a terrorist.
harassment | The lab head told her she could have the position if she spent the night with him.
harassment|abuse | my mentee is being stalked by a former student
minor-at-risk | My mentee is eleven and says her mum hits her with a wooden spoon.
minor-at-risk | A teenager in our programme told me that she sells her body for a place to sleep.
minor-at-risk | The boy I mentor says his uncle does things to him that he must not tell.
minor-at-risk | He is 14, he hasn't eaten since yesterday and nobody is home.
minor-at-risk | an older man picks up my 15-year-old mentee after school and buys her expensive things
medical-emergency | My mentee texted that she has taken all her antidepressants at once.
medical-emergency | he just fell over and is not answering me
medical-emergency | She's having trouble breathing and her chest is tight
medical-emergency | what do I do, my mentee injected something and his eyes rolled back
medical-emergency | He hit his head badly, there is a lot of blood
threat | My mentee says he's going to get a gun and sort out his boss.
threat | She told me she has fantasies about poisoning her supervisor and has bought something.
threat | he said he would set the dorm on fire
threat | A man waits at the gate every day and says he will kill my mentee.
# batch 8
self-harm | My mentee told me she took a razor to her arms last weekend.
self-harm | He says he has tried everything and now he just wants to be dead.
self-harm | One of my mentees keeps hinting that she won't be here for graduation.
self-harm | i think about ending my life every night
self-harm | She sent me a text: "Please tell my mum I love her. I'm sorry."
self-harm | After the layoff he told me he'd thought of jumping from the roof of the office.
self-harm | My mentee has been having suicidal thoughts for weeks and refuses to see a doctor
self-harm | she tried to OD on her antidepressants in spring
self-harm | he says the pain would stop if he was gone
self-harm | My mentee hurt herself again because of the results
abuse | My mentee told me that her fiancé punches walls and once punched her.
abuse | Her husband hid her car keys so that she could not come to the interview.
abuse | She asked me not to call in the evening because her partner gets violent.
abuse | Her family found out she is a lesbian and now her father threatens to hurt her.
abuse | My wife hits me and I don't know whom to tell
abuse | He told me that his ex breaks into his flat and threatens him.
harassment | My mentee says her professor touched her breasts during a field trip.
harassment | A male colleague keeps cornering her in the copy room and rubbing against her.
harassment | She was sexually assaulted by someone in our programme.
harassment | Her boss sent her a photo of himself naked.
harassment | Two colleagues pulled off her headscarf and spat at her.
harassment | My mentee is getting anonymous messages describing how they will rape her.
minor-at-risk | My mentee is 12 and came to the session with a split lip; he says his father did it.
minor-at-risk | A girl in my group, fourteen, told me that a man online has naked pictures of her and wants more.
minor-at-risk | The kid I mentor is left alone at night with his baby sister.
medical-emergency | My mentee is not breathing properly after eating nuts
medical-emergency | she drank a whole bottle of vodka and I can't wake her
medical-emergency | He told me on the phone that he has just swallowed thirty tablets.
threat | My mentee says he wants his manager dead and knows how to do it.
threat | He posted a picture of a rifle and wrote "see you at school".
# batch 9
self-harm | My mentee said today that he doesn't want to go on living.
self-harm | She asked me if I ever thought about killing myself, because she does.
self-harm | he told his flatmate he'd be dead by Christmas
self-harm | I noticed burn marks she says she made herself.
self-harm | My mentee has given up on life since her mother died.
self-harm | Sometimes I think it would be best if I just didn't exist.
self-harm | She climbed over the railing of a bridge last night and a stranger stopped her
self-harm | he is drinking himself to death and tells me he hopes it is quick
self-harm | What should I say to a student who told me she has a plan to kill herself?
self-harm | my mentee is suicidal again, last time she was in hospital
abuse | My mentee said her partner hit her for the first time yesterday.
abuse | He is scared of his wife, she scratches and bites him.
abuse | Her husband took her passport and says he will report her if she leaves.
abuse | She told me that she sleeps in her car because of her boyfriend's temper.
abuse | my mentee says her brothers will kill her if she refuses the wedding
harassment | Her supervisor puts his hand on her thigh in every meeting.
harassment | My mentee told me that a colleague raped her after the party.
harassment | He keeps asking her for nude photos and says he can ruin her career.
harassment | She is harassed by a customer who waits for her every evening.
harassment | Someone wrote a racist threat on her locker and she is afraid to come in.
minor-at-risk | The girl I mentor is 13 and says her stepdad watches her in the shower.
minor-at-risk | My 16-year-old mentee has run away from home and is staying with strangers.
minor-at-risk | A pupil told me that her mother burns her with cigarettes.
minor-at-risk | One of the kids said his dad locks him in a dark room for hours.
medical-emergency | My mentee has collapsed and is not breathing.
medical-emergency | She says she took about twenty ibuprofen and feels sick.
medical-emergency | he is having a severe allergic reaction, what now
threat | My mentee told me he bought a gun to scare his ex.
threat | He says he'll kill whoever reported him.
threat | She keeps saying that she wants to blow up the office and I am not sure she's joking.
"""

LOOK_ALIKES = """
# batch 1
This deadline is killing me.
I'm dying to know how her presentation went.
Shoot me an email when you have the slides.
I could murder a coffee before our session.
Should we kill the project?
We watched Suicide Squad together as an icebreaker.
He bombed the presentation and wants to talk about it.
What does research say on harassment and mentoring?
Is there evidence on suicide prevention through mentoring?
She cries after meetings.
He is stressed.
She feels like a fraud.
My mentee is burnt out.
Which mentoring functions do men lack, such as acceptance? Is there a lack of acceptance?
What were the anxiety levels of nursing students?
Does peer mentoring reduce anxiety in nursing students?
How does harassment of women in STEM affect their careers, according to studies?
Have studies looked at mentoring and sexual harassment in medicine?
What do studies say about bullying in academic medicine?
Does mentoring help youth at risk?
Does mentoring reduce violence among young people?
What is known about mentoring for survivors of domestic violence?
How common is discrimination against women in engineering?
She thinks she was passed over for promotion because she is a woman.
My mentee feels she does not belong here.
He feels like giving up on his PhD.
She wants to quit and end the mentoring relationship.
How do I end the mentoring relationship well?
I want to end our sessions earlier.
She is killing it in her new role!
He killed the presentation, everyone loved it.
That joke slayed, I nearly died laughing.
I nearly died of embarrassment when I forgot her name.
Her boss will kill her if she misses the deadline, she jokes.
My manager is going to kill me if I am late again.
He shot himself in the foot with that e-mail.
She beats herself up over every small mistake.
He works himself to death.
She is bleeding time on admin work.
The project is on life support.
The server crashed and I had a heart attack when I saw the bill.
My inbox is a crime scene.
We need a war room to attack this problem.
How do I attack a big literature review?
She got shot down in the meeting.
He was stabbed in the back by his co-author.
It felt like a slap in the face when her paper was rejected.
Her paper got rejected and she is heartbroken.
He's drowning in work.
She is drowning in e-mails and can't breathe, metaphorically.
I'm dead tired.
Dead on arrival, that idea.
The deadline passed.
What a killer argument she made!
Suicide inventories are often used as outcome measures in trials.
Her thesis is about suicide among veterinarians.
He wrote an article on domestic violence law.
She works for a charity that prevents self-harm.
The book is called "How to Kill a Unicorn".
She is reading To Kill a Mockingbird with her class.
I am writing a policy on sexual harassment for our programme.
Which training helps mentors respond to sexual harassment?
What should a mentoring programme's safeguarding policy cover?
How do programmes screen mentors to protect children?
My mentee is 16 and wants to study medicine.
The boy I mentor is 15 and hates maths.
My pupil never does his homework.
Her daughter is 12 and she struggles with work and family.
She has to pick up her child early and feels judged.
He is afraid of public speaking.
She's afraid of her new manager's feedback.
My mentee is scared to ask questions in meetings.
He's terrified of the exam.
She hates her job.
He is depressed about the rejection.
She suffers from anxiety before talks.
He sleeps badly before deadlines.
She talks over everyone and her tone is aggressive.
Her manager is toxic and micromanages her.
A colleague takes credit for her ideas.
He feels isolated in the team.
She is lonely as the only woman in the lab.
He has no hope of getting tenure this year.
There's no point in going on with this method.
I can't see a reason to continue the weekly meetings.
I can't go on Thursday, can we move it?
She doesn't want to be here on Fridays, she prefers remote.
I don't want to live in London any more.
He took the bullet points and ran with them.
We should pull the trigger on the application.
She is gunning for the promotion.
He bit the bullet and asked for a raise.
What is the gender gap in STEM mentoring?
Can mentoring protect women's confidence in engineering?
Are same-gender pairs better?
Do mentors need training?
What is the imposter phenomenon?
How often should we meet?
She lost her mother last month and can't concentrate.
His dog died and he missed our meeting.
She works in a suicide prevention hotline and wants to change careers.
My mentee is a nurse in an emergency department and sees overdoses every day.
He researches gun violence and needs a co-mentor.
She is a criminal lawyer who defends people accused of rape.
Is it abusive to e-mail my mentee at weekends?
That reviewer's comments were brutal and abusive of our method.
He abused the citation format in his draft.
She was attacked by reviewer 2.
I ran 10 kms with my mentee.
My mentee wants to cut herself some slack.
She cut herself off from the team.
He hurt himself playing football and will miss a week.
She threatened to quit.
He threatens to leave the company unless he gets a raise.
The poster session was a blast.
He exploded in the meeting when I criticised him.
Her confidence took a beating.
The team was hit hard by the layoffs.
She was hit with a big tax bill.
How do I stop overdosing my mentee with advice?
We had an overdose of meetings.
How do I deal with a mentee who is bombarding me with messages?
Do I have to report it when my mentee misses meetings?
She passed out the handouts.
He blacked out the names in the document.
Is racism discussed in the mentoring literature?
He lost his job and doesn't know how to go on with his career.
How can we keep the mentoring relationship alive?
# batch 2
How do I bring up a sensitive topic without hurting her feelings?
My mentee wants to take his career to the next level.
She took a whole bottle of courage to ask for a raise.
He wants to jump off the tenure track.
I am at the end of my rope with this mentee.
He's at the end of his life as a postdoc.
She is afraid of going home without a degree.
My partner institution is aggressive about deadlines.
Her partner does not support her career.
My mentee's husband thinks she works too much.
Her parents want her to become a doctor.
Her husband was offered a job abroad and she does not want to go.
He feels invisible in meetings.
She is considering dropping out.
My mentee thinks the team would be better off without her on the project.
She feels like a burden when she asks questions.
He thinks his work is pointless.
What's the point in mentoring someone who won't listen?
I don't see the point of our meetings any more.
I can't do this any more, the workload is too much.
She can't take it any more at work and wants to resign.
My mentee is exhausted and can't go on like this with three jobs.
He has lost all motivation.
She says her career is over.
He says he is done with academia.
We have a hard stop at five, so shoot.
Her talk went down in flames.
The feedback was a punch in the gut.
The company is bleeding money and she fears redundancy.
The team is hit by cuts.
He got burned by his last mentor.
She burned the midnight oil.
I want to beat procrastination with my mentee.
How do I attack imposter feelings?
He attacks every idea I propose.
She's a victim of her own success.
She fights with her co-founder all the time.
He controls every detail of the project.
My boss controls what I work on and checks my e-mails.
She's struggling with her weight of responsibilities.
A mentee asked me for a date for the next meeting.
My mentee asked me out for coffee to talk about her career.
My mentee has a child at home and can't attend evening events.
How can we keep children safe in youth mentoring programmes?
Do youth mentoring programmes reduce child abuse?
Are there risks in mentoring children?
What do studies say about mentoring of foster children who were abused?
Our programme is for girls aged 13 to 17.
I mentor a 16-year-old who wants to drop maths.
He is 17 and afraid of the exam.
How should male mentors avoid the appearance of sexual harassment?
After #MeToo, are men less willing to mentor women?
Do women report more harassment than men in medicine?
How do I write a code of conduct against bullying?
A colleague bullies my mentee in meetings by ignoring her.
She gets racist comments now and then, how can I support her career?
My mentee is gay and wonders whether to come out at work.
He wants to leave the army and become a teacher.
My mentee is a police officer who carries a gun at work.
She studies gun control.
She passed away from the topic quickly.
My mentee's father died and she is grieving.
He was diagnosed with cancer and wonders what to tell the team.
My mentee is pregnant and afraid to tell her manager.
She has panic attacks before presentations.
He drinks a lot of coffee before talks.
She takes pills for her migraine.
We collapsed the two groups into one.
The funding collapsed.
The mentoring relationship died a slow death.
How do I end a toxic mentoring relationship?
Does mentoring help people live longer?
What did Kram find on the phases of mentoring, such as separation?
I'm worried about my mentee.
My mentee went quiet. What do I do?
She was shot down by the review board.
He is gunning for my job.
I'd kill for a mentor like her.
I would die for this team.
# batch 3
My mentee wants to know whether to follow her husband to another city.
Her boyfriend got a job in Boston, should she go with him?
He keeps interrupting her in meetings and she shuts down.
She gets defensive when I give feedback.
He seems hopeless about finding a job.
She broke down in tears when I asked about her thesis.
My mentee is scared of her supervisor's reaction.
She said she wanted to disappear when she stumbled over her words in the talk.
He hit a wall with his writing.
My mentee got hit by imposter syndrome after her promotion.
Her supervisor ripped her paper to shreds.
She is fighting for survival in a cut-throat department.
It was a bloodbath of a budget meeting.
He is beating himself up about the grant.
I'm beat after the workshop.
How do I break the bad news without breaking her spirit?
We need to pull the plug on this collaboration.
He is stuck in a dead-end job.
She missed the deadline because her grandmother died.
The report says harassment is widespread in academia. What can mentors do?
What strategies help women who face sexual harassment, according to the literature?
She wants to write her dissertation on domestic abuse shelters.
We discussed the film Dead Poets Society.
My mentee plays a murderer in the school theatre group.
He works as a paramedic and attends overdoses, should he change careers?
She wants to become a forensic pathologist.
He trains for a marathon and pushes himself too hard.
She's sick of her job.
My mentee is tired of living out of a suitcase.
He is fed up with life in the big city and looks for remote work.
She has no life outside the lab.
Is there a point in living close to the university?
How do I say goodbye at the end of the programme?
My mentee wrote a goodbye e-mail to the team.
He gave away his best idea.
My mentee's mother is dying and she asked for time off.
She has chest infections every winter and misses meetings.
Is it OK to hug my mentee?
May I touch on personal topics with my mentee?
Her jokes are inappropriate in the office, how do I tell her?
She feels unsafe to speak up in the team.
How do I create psychological safety?
My mentee feels attacked when I correct her.
He has a hostile relationship with his co-author.
The manager favours men and she is angry.
He's angry and wants to file a complaint.
Her colleague threatened to complain about her.
Teenagers in our programme lose interest after three months.
My mentee is in high school and shy.
She is 14 and wants to become an engineer.
One of the kids in my group never speaks.
My mentee's parents are divorced and she is 16.
His dad wants him to join the family business.
How can I support a mentee who grew up in poverty?
Are boys or girls mentored more in school programmes?
Does the mentor's sex matter?
Do same-sex pairs report more support?
Would a mentor of the opposite sex be a problem?
# batch 4
How do I help my mentee build confidence?
What does the literature say about abusive supervision?
My mentee's boss is a bully and takes all the credit.
She was devastated by the rejection.
He's had enough of academia.
My mentee wants to leave her husband's company.
He was fired last week and feels worthless as an engineer.
I feel like a failure as a mentor.
She hates her life in consulting.
She doesn't see a future in this company.
There is no future for me in this lab.
My mentee can't sleep before exams.
He is anxious all the time.
She has been diagnosed with depression and takes medication.
My mentee takes medication for ADHD.
She came out as trans and worries about her team.
My mentee's wife is a doctor.
Her husband is jealous of her success.
Her mother pushes her to study law.
His father controls the family company.
My mentee's partner moved to another country.
She had a car accident last year and came back to work slowly.
He broke his arm skiing and missed two sessions.
She burned her hand in the lab, should she report it?
My mentee wants to join the army.
She is a shooter on the basketball team.
The shooting of our mentoring video is on Friday.
We do a photo shoot next week.
My mentee says networking events are torture.
Her supervisor is a slave driver.
He says the job is a prison.
She wants to escape the rat race.
How do I handle a mentee who lies?
How can I protect my time?
My mentee asked me to keep a secret about her job search.
He asked me to keep our talk confidential.
She's hungry for success.
My mentee feels trapped in her job.
He dreads Mondays.
What is the risk of mentoring someone of the opposite sex?
A mentor had a consensual relationship with a mentee, what does our policy say?
How do I react when a mentee flirts with me?
My mentee has a crush on me.
Does violence in schools affect mentoring, according to studies?
What evidence is there that mentoring helps young offenders?
How do I mentor someone who was in prison?
She lost weight and looks tired.
His hands shake when he presents.
She turned blue in the face talking about stats.
My mentee fell behind with her thesis.
He feels sick before every presentation.
We had a fire drill during our session.
She set the room on fire with her talk.
My mentee lives alone and feels homesick.
She was attacked in the peer reviews.
Her ideas are always shot down.
I want to stop mentoring him.
I can't stand my mentee any more.
I hate mentoring.
My mentee is driving me crazy.
# batch 5
hey my mentee is super stressed about finals, tips pls
She said she feels like ending the internship early.
My mentee has stopped wanting to lead the project.
The only thing keeping him in the job is the salary.
He jokes about everything, even in serious meetings.
She gave me her favourite book to read.
My mentee survived the reorganisation and her mood got worse.
What does it mean when a mentee hates herself for making mistakes?
She compares herself with others and feels worthless.
He is really hard on himself.
She's ashamed of her accent.
My mentee thinks everyone hates her.
She feels unwanted in the team.
My mentee is being excluded from meetings because of her gender.
Men interrupt her all the time.
Someone told her she only got the job because she is Black.
He told me his boss yells at everybody.
Her manager shouts at her in front of others.
My mentee is being bullied by a colleague, what does research suggest?
Her co-worker makes passive-aggressive comments.
My mentee's husband does not understand her PhD.
She and her husband argue about who cares for the kids.
Her ex works in the same department and it is awkward.
He is going through a divorce and can't focus.
She is being treated for cancer.
My mentee had a miscarriage and returned to work.
His best friend died in an accident.
She feels guilty about leaving her children in day care.
How do I support a mentee after a bereavement?
Should mentors of teenagers be trained in safeguarding?
Our school wants mentors for 9 year olds, what works?
Does mentoring foster youth lower delinquency?
Can cross-age peer mentoring harm younger children?
The pupil I mentor came to school late again.
He's 13 and plays video games all night.
My mentee, 16, has no friends in class.
She's 17 and her parents don't want her to go to university.
My mentee's coach is strict.
My mentee is a boxer and hits the gym every day.
He is a chess player and beat me twice.
She drank too much coffee and was nervous.
I fell asleep during our video call, how do I apologise?
He froze during his presentation.
My heart stopped when I saw the e-mail.
The silence in our session was deadly.
She gave me a deadly look.
He's a lifesaver.
We shot the breeze for an hour.
It's do or die for his application.
The committee butchered her proposal.
She's armed with good arguments.
How do I defuse a conflict between two mentees?
He dropped a bombshell: he is leaving.
Is it harmful to give too much advice?
Could mentoring hurt someone?
How does one hurt a mentee without noticing?
# batch 6
How can I keep my mentee engaged after six months?
My mentee is thinking about ending his contract.
She saved up for a sabbatical.
There is nothing worth staying for in this team.
My mentee asked if I'd miss her when she changes jobs.
The only escape is a transfer to another department.
Her mother called during our session.
She can't keep working like this.
He is on parental leave and wants to resume our sessions.
My mentee writes poems about nature.
He burned his bridges with the old team.
She's scared she will fail.
At home she gets no time to study.
Her brothers get more support than she does.
The partner at her firm asked her to come to his office to review the case.
My student gets phone calls from recruiters.
My mentee said no to the offer but they did not stop calling.
Her adviser offered better projects in return for more hours.
A ten-year-old I mentor loves dinosaurs.
She is in grade 10 and thinks about university.
He chokes under pressure in interviews.
My mentee drank too much at the Christmas party and is embarrassed.
She threatened her colleague with a formal complaint.
He wrote a manifesto on open science.
A student I mentor wants to beat his personal record.
Which mentors do women in surgery have?
Is a female mentor better for women in male-dominated fields?
How do I give honest feedback without crushing her?
She took the criticism hard.
I got a sharp reply from my mentee.
She stabbed at her salad and said nothing.
My mentee works night shifts in intensive care and is worn out.
She sees patients die every week and doesn't talk about it.
He's a social worker and reports child abuse cases at work; how do I support his growth?
My mentee wrote her thesis about violence against women.
She volunteers for a women's shelter.
The topic of our workshop is bullying and harassment.
My mentee wants to organise a training on consent.
Her play about rape culture won a prize.
How do mentors handle disclosures of abuse? What does research say?
# batch 7
My mentee says she would kill for a chance to work at CERN.
He thinks every day about leaving academia.
Her supervisor tore her draft apart and she went home in tears.
My mentee has made up her mind to end the fellowship early.
She looks down on herself because of her background.
He's terrified that his code will be reviewed.
What is the best way to end a session on a good note?
Can a mentor's advice hurt more than it helps?
My mentee got a black belt in karate.
Do female mentees with male mentors report less acceptance?
She nearly fainted when she heard her salary offer.
His startup is burning through cash and he can't sleep.
I was blown away by her talk.
My mentee keeps beating around the bush.
Her partner at the firm left and she got all the cases.
What does the evidence say on mentoring and burnout among nurses?
How do universities deal with harassment complaints against mentors?
My mentee is writing a thesis on rape in medieval literature.
He volunteers as a firefighter and is often tired.
She is in pain after her operation and works from home.
He felt sick and went home before our meeting.
My mentee's boyfriend wants her to move to his town.
She took her pills late and felt dizzy, so we rescheduled.
How can I push my mentee to aim higher?
My 15-year-old mentee never answers my texts.
One of the boys in my group wants to join a band.
The pressure is suffocating her.
My mentee feels like he is dying inside when he has to do small talk.
Her grandmother passed away and she flew home.
We lost a patient and my mentee blames herself.
Her first grant application crashed and burned.
Is it harassment if I send my mentee three reminders?
He lashes out when he is criticised.
She wants to drop out of school, she's seventeen.
How do I help a mentee who doesn't trust men?
She won't let me help her.
He says the tenure track is a suicide mission.
Her husband beat cancer and she is back at work.
My mentee wants to know how I survived graduate school.
Sometimes I want to strangle my co-mentor, how do we share the work?
# batch 8
My mentee is worried about her visa.
How can I help a mentee who procrastinates?
She feels like everyone else is smarter than her.
He's burned out and thinks about a sabbatical.
My mentee cries when we talk about her supervisor.
What do studies say about suicide risk among doctors?
Does mentoring reduce bullying at school?
Is there research on mentoring victims of violence?
Her boss is a tyrant and she is scared of him.
My mentee is afraid to go back to work after maternity leave.
She is fighting with her husband about moving abroad.
He killed it in the interview!
I'm drowning in e-mails, how do I keep up with my mentees?
She says the thesis is sucking the life out of her.
He feels dead inside after three rejections, he says with a grin.
My mentee thinks his contribution does not matter.
How do I handle a mentee's anger?
Her colleague stole her idea and she wants revenge, professionally speaking.
My mentee is a sixteen-year-old who is bored at school.
Our mentoring programme for children needs a safeguarding lead, what should they do?
She took a hit to her confidence after the review.
He had a stroke of luck with the funding.
My mentee's father had a heart attack in March and she travels home a lot.
The merger was a bloodbath and she survived it.
What are the long-term effects of abuse on mentoring relationships?
Should I mention my own experience with depression?
My mentee wants to know how to shoot better videos.
Her manager made a sexist joke and she wonders how to respond.
He gets nervous when women mentor him.
I want to give up on mentoring altogether.
# batch 9
My mentee hates public speaking, how can I help?
She thinks she only got in because of luck.
He is overwhelmed by his new role.
How do I set boundaries with a needy mentee?
My mentee is disappointed with my advice.
She doesn't want to come to our sessions any more.
He says he would rather die than use Excel.
My mentee's presentation was a disaster and she wanted to sink into the ground.
Do protégés with abusive supervisors benefit from mentoring?
What is known about harassment of female doctors by patients?
Is there any study on mentoring and self-harm among adolescents?
How can I mentor someone with chronic pain?
My mentee has lost her mother and takes time off.
He is fed up with being interrupted.
Her reviewer was savage.
My mentee shot me a worried look.
We are fighting an uphill battle for funding.
She is sick with the flu and asks to postpone.
He has been beating the drum for mentoring for years.
I was struck by how much she has grown.
My mentee is going through hell with her visa application.
The dean killed our programme.
Her husband and her brother both work in the same firm.
My mentee says her family puts pressure on her to earn more.
My 17-year-old mentee wants to study nursing.
A boy in my group is always late.
She blew up at her team lead and regrets it.
He's dying for feedback on his draft.
She cut the meeting short because her kids were ill.
My mentee wants to leave and never look back.
"""


def lines(block: str) -> list[str]:
    return [line for line in block.strip().splitlines() if not line.startswith("#")]


@pytest.fixture(scope="module")
def gate() -> SafetyGate:
    return SafetyGate.load()


def concern(gate: SafetyGate, message: str) -> Concern:
    found = gate.screen(message)
    assert found is not None
    return found


MESSAGES = {
    "medical-emergency": "She is unconscious.",
    "self-harm": "She wants to kill herself.",
    "minor-at-risk": "My mentee is 13 and her father beats her.",
    "abuse": "Her husband beats her.",
    "threat": "He wants to shoot his boss.",
    "harassment": "My boss groped me.",
}


@pytest.mark.parametrize("case", lines(CRISES))
def test_a_crisis_is_met(gate: SafetyGate, case: str) -> None:
    expected, message = case.split(" | ", 1)
    assert concern(gate, message).id in expected.split("|")


@pytest.mark.parametrize("message", lines(LOOK_ALIKES))
def test_ordinary_mentoring_is_left_alone(gate: SafetyGate, message: str) -> None:
    assert gate.screen(message) is None


@pytest.mark.parametrize("message", ["", " ", "?!", "…", "🙂", "\x00", "我的学员很难过", "'", "***"])
def test_a_message_without_words_tells_of_nothing(gate: SafetyGate, message: str) -> None:
    assert gate.screen(message) is None


@pytest.mark.parametrize(
    "written",
    ["She can’t see a reason to go on", "SHE WANTS TO DIE", "she wants to diiiie", "she wants to d1e", "i'm su1c1dal",
     "k i l l myself", "kill mys\u200belf", "ｓｈｅ ｗａｎｔｓ ｔｏ ｄｉｅ", "she is sucidal", "I want to kill myslef",
     "i just want... to die", "She wants to\nkill herself", "she cant see a reason to go on"],
)  # fmt: skip
def test_spelling_does_not_hide_a_crisis(gate: SafetyGate, written: str) -> None:
    assert concern(gate, written).id == "self-harm"


def test_a_crisis_is_met_inside_a_long_message(gate: SafetyGate) -> None:
    ordinary = "We talked about her thesis and the next conference. She has read what research says on feedback. "
    crisis = "Then she said that she wants to kill herself. "
    assert concern(gate, ordinary * 10 + crisis + ordinary * 10).id == "self-harm"


def test_what_threatens_life_comes_first(gate: SafetyGate) -> None:
    assert concern(gate, "Her husband beats her. She took a whole bottle of pills.").id == "medical-emergency"
    assert concern(gate, "Her boss groped her and now she wants to die.").id == "self-harm"
    assert concern(gate, "She is 14. Her coach groped her.").id == "minor-at-risk"


@pytest.mark.parametrize(("name", "message"), MESSAGES.items())
def test_a_response_says_what_to_do_in_plain_words(gate: SafetyGate, name: str, message: str) -> None:
    found = concern(gate, message)
    assert found.id == name
    assert "emergency number" in found.text
    assert "safeguarding lead" in found.text
    assert "message is not kept" in found.text
    assert ("https://findahelpline.com" in found.text) == (name != "medical-emergency")
    assert not re.search(r"\d{3}", found.text), "no phone number is certain everywhere"
    assert not re.search(r"\[\d+\]|doi\.org|\(\d{4}\)", found.text), "no citation dressed as help"
    assert grade(found.text) <= 8


def grade(text: str) -> float:
    """The Flesch-Kincaid grade (Kincaid et al., 1975), with vowel groups for syllables."""
    words = re.findall(r"[A-Za-z']+", text)
    sentences = [part for part in re.split(r"[.!?]\s|\n", text) if re.search("[a-z]", part)]
    syllables = sum(len(re.findall("[aeiouy]+", word.lower())) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def test_every_concern_has_a_response() -> None:
    assert set(MESSAGES) == set(get_args(ConcernId))


def test_a_programmes_contacts_stand_on_top(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        """
        contacts:
          - {name: Safeguarding lead, phone: "+00 1", hours: "9 to 17", region: Campus, link: "mailto:lead@example.org"}
          - {name: Night line, phone: "+00 2", for: [self-harm, abuse]}
        """,
        "utf-8",
    )
    gate = SafetyGate.load(own)
    text = concern(gate, "She wants to die.").text
    lead = "**Safeguarding lead**: +00 1 · [lead@example.org](mailto:lead@example.org) · 9 to 17 · Campus"
    places = [text.index(part) for part in (lead, "Night line", "findahelpline.com", "**Now**")]
    assert all(one < next_ for one, next_ in pairwise(places))
    assert "Night line" not in concern(gate, "My boss groped me.").text


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("contacts: [{name: A, phone: 441}]", "contacts.0.phone"),
        ("contacts: [{name: A}]", "contacts.0"),
        ("contacts: [{name: A, phone: '1', mail: a@b.c}]", "contacts.0.mail"),
        ("contacts: [{name: A, phone: '1', for: [suicide]}]", "contacts.0.for.0"),
        ("contacts: [{name: A, link: 'javascript:x'}]", "contacts.0.link"),
        ("contacts: []", "contacts"),
        ("responses: []", "responses"),
        ("", "the file"),
        ("contacts: [", "not YAML"),
    ],
)
def test_a_malformed_file_is_named_with_its_field(tmp_path: Path, content: str, named: str) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(content, "utf-8")
    with pytest.raises(SafetyFileError) as caught:
        SafetyGate.load(own)
    assert str(own) in str(caught.value)
    assert named in str(caught.value)


def test_a_missing_or_unreadable_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"contacts: [{name: Andr\xe9}]")
    for name in ("absent.yaml", "latin.yaml"):
        with pytest.raises(SafetyFileError, match=name):
            SafetyGate.load(tmp_path / name)


def best_ms(gate: SafetyGate, text: str) -> float:
    def once() -> float:
        start = time.perf_counter()
        gate.screen(text)
        return 1000 * (time.perf_counter() - start)

    return min(once() for _ in range(15))


def test_an_ordinary_message_takes_no_time(gate: SafetyGate) -> None:
    text = "My mentee feels that she does not belong in the lab. She asks whether it is her fault. What could I say? "
    assert best_ms(gate, (text * 20)[:2000]) < 1


HOSTILE = ["want ", "want not ", "not ", "husband ", "he ", "take took ", "is ", "a ", "a", "_a", "a! ", "'", ".", "aaab ",
           "*a", "k1", "kill the project ", "nearly died of ", "she wants to ", "i want to kill the "]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_message_makes_the_gate_slow(gate: SafetyGate, piece: str) -> None:
    text = piece * 4000
    assert best_ms(gate, text[:2000]) < 10
    assert best_ms(gate, text[:8000]) < 40, "the time grows with the length, no faster"
