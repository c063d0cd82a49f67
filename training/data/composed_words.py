"""Words that sentences and their fields are put together of, by what kind of value they name."""

from __future__ import annotations

PERSONS = """
driver winner guest lecturer landlord witness seller goalkeeper editor heir teacher student pupil doctor nurse patient lawyer judge client
customer buyer owner tenant manager director boss employee worker colleague assistant secretary clerk cashier accountant auditor banker
broker trader investor shareholder founder partner chairman chairwoman president vice_president treasurer member delegate minister mayor
senator governor ambassador consul councillor deputy candidate voter campaigner spokesperson speaker host presenter moderator panelist
interviewer interviewee reporter journalist columnist correspondent photographer cameraman producer screenwriter actor actress understudy
extra dancer choreographer singer soloist conductor composer lyricist pianist violinist cellist drummer guitarist bassist trumpeter flutist
organist painter sculptor illustrator designer architect draughtsman engineer technician mechanic electrician plumber carpenter joiner mason
bricklayer roofer tiler plasterer decorator glazier welder blacksmith locksmith goldsmith watchmaker jeweller tailor seamstress cobbler
weaver potter baker butcher cook chef sous_chef waiter waitress bartender barista sommelier brewer winemaker distiller cheesemaker farmer
farmhand shepherd beekeeper gardener florist forester lumberjack hunter gamekeeper fisherman angler sailor captain skipper first_mate
helmsman navigator pilot copilot flight_attendant steward passenger commuter traveller tourist guide courier porter postman mail_carrier
dispatcher loader forklift_operator crane_operator machinist operator foreman supervisor inspector surveyor appraiser assessor examiner
invigilator tutor mentor coach trainer instructor professor dean rector principal headteacher librarian archivist curator researcher
scientist chemist physicist biologist botanist zoologist geologist astronomer astronaut meteorologist mathematician statistician economist
historian philosopher linguist archaeologist anthropologist sociologist psychologist psychiatrist therapist counsellor surgeon anesthetist
radiologist cardiologist dentist optician pharmacist midwife paramedic physiotherapist veterinarian caregiver carer donor recipient
volunteer intern trainee apprentice graduate alumnus classmate roommate flatmate neighbour friend fiance fiancee bride groom best_man
bridesmaid maid_of_honour husband wife spouse widow widower father mother parent guardian stepfather stepmother son daughter brother sister
twin uncle aunt nephew niece cousin grandfather grandmother grandson granddaughter godfather godmother godson ancestor descendant babysitter
nanny au_pair housekeeper janitor caretaker cleaner doorman concierge receptionist butler bodyguard guard watchman lifeguard firefighter
policeman officer detective investigator sheriff constable prosecutor defendant plaintiff claimant respondent appellant notary bailiff juror
attorney barrister solicitor paralegal arbitrator mediator negotiator suspect culprit victim offender prisoner inmate warden informant
hostage rescuer survivor soldier sergeant corporal lieutenant colonel general admiral commander recruit veteran sniper gunner medic chaplain
priest vicar bishop pastor rabbi imam monk nun pilgrim preacher sexton organiser planner coordinator facilitator sponsor patron benefactor
trustee executor beneficiary signatory applicant referee umpire linesman player striker defender midfielder substitute quarterback pitcher
catcher batter bowler batsman wicketkeeper sprinter runner jumper swimmer diver rower cyclist racer rider jockey skier skater snowboarder
climber mountaineer hiker gymnast boxer wrestler fencer archer golfer caddie bowls_player opponent rival challenger champion runner_up
finalist medallist contestant competitor participant starter timekeeper scorer scorekeeper agent scout talent_scout author writer novelist
poet playwright translator interpreter proofreader publisher reviewer critic blogger vlogger podcaster streamer influencer follower
subscriber reader listener viewer spectator fan developer programmer tester maintainer contributor committer administrator sysadmin analyst
data_engineer product_owner scrum_master team_lead project_manager stakeholder assignee approver requester submitter uploader sender
addressee caller complainant petitioner nominee nominator laureate honoree awardee inventor discoverer pioneer explorer expedition_leader
settler founder_member builder contractor subcontractor supplier_contact vendor shopkeeper grocer greengrocer fishmonger tobacconist
bookseller stationer antiquarian auctioneer bidder consignor collector dealer salesman saleswoman sales_lead marketer promoter advertiser
copywriter consultant adviser lobbyist recruiter headhunter interviewing_manager bookkeeper payroll_clerk debtor creditor lender borrower
guarantor payer payee remitter depositor policyholder insured adjuster actuary underwriter homeowner lodger subtenant occupant resident
inhabitant citizen immigrant emigrant refugee asylum_seeker exile hitchhiker stowaway cabin_boy trapper rancher cowboy horse_breeder
dog_walker groomer kennel_owner falconer hairdresser barber beautician masseur tattooist model makeup_artist stylist costume_designer
set_designer stagehand prompter lighting_designer sound_engineer stuntman stuntwoman narrator puppeteer magician juggler clown acrobat
trapeze_artist comedian impersonator entertainer busker emcee toastmaster usher cloakroom_attendant groundskeeper zookeeper ranger
beach_warden crossing_guard bus_driver cabbie chauffeur trucker tram_driver train_driver signalman stationmaster ticket_inspector
customs_officer border_guard air_traffic_controller harbour_master lighthouse_keeper shipwright boatman ferryman gondolier miner quarryman
driller prospector undertaker gravedigger mourner deceased eulogist king queen prince princess duke duchess baron count emperor empress
regent successor predecessor heiress monarch envoy diplomat attache chancellor prime_minister premier whip registrar ombudsman whistleblower
activist protester striker_leader union_representative shop_steward lookout finder loser keeper holder bearer cardholder keyholder
account_holder licensee patentee titleholder leaseholder shift_leader line_manager department_head chief_executive
""".split()

PLACES = """
city town village hometown birthplace destination origin location place residence headquarters port site scene terminal_city capital seat
venue harbour municipality suburb district borough settlement hamlet community base station stop stopover layover departure_city
arrival_city departure_point starting_point start finish finish_line endpoint terminus junction airport hub depot warehouse branch office
campus workplace post posting duty_station garrison barracks camp base_camp fort stronghold birth_town home home_base home_city home_port
address domicile retreat refuge hideout exile sanctuary resort spa holiday_spot vacation_spot getaway honeymoon_spot excursion_stop
next_stop first_stop last_stop halfway_point meeting_point meeting_place rendezvous assembly_point gathering_place host_city candidate_city
sister_city twin_town neighbouring_town county_seat diocese parish see county province_capital market_town fishing_village mining_town
spa_town university_town border_town ghost_town port_of_call port_of_entry port_of_departure home_harbour anchorage berth dock landing_place
landing_site launch_site crash_site dig_site excavation test_site building_site construction_site burial_place burial_site grave
resting_place cemetery_town deathplace place_of_birth place_of_death crime_scene accident_site epicentre battlefield front theatre outpost
stage_start stage_finish checkpoint waypoint transfer_point interchange crossing ferry_terminal railhead railway_station bus_stop pickup
pickup_point drop_off drop_off_point collection_point delivery_address delivery_town shipping_address billing_address return_address ship_to
ship_from sent_from sent_to from to source target whereabouts position area region locality quarter neighbourhood enclave zone sector
territory catchment jurisdiction court_seat courthouse_town registry prison_town embassy_city consulate mission delegation_city legation
subsidiary_seat main_office regional_office field_office sales_office registered_office factory_site plant mill_town production_site
assembly_plant laboratory_site research_site data_centre server_location hosting_location mirror_site observatory_site weather_station
measuring_point sampling_site habitat nesting_site breeding_ground finding_place find_spot provenance hatchery_town market auction_place
trade_fair_city fairground exhibition_city exhibition_venue gallery_town museum_town concert_venue tour_stop opening_city premiere_city
filming_location shooting_location setting backdrop film_set studio_town recording_place festival_town stadium_city arena_city racecourse
circuit track_town training_ground training_camp playing_venue away_venue home_ground neutral_venue final_venue school_town alma_mater_town
boarding_school_town place_of_study study_location exchange_city conference_city congress_venue summit_city signing_place treaty_town
polling_place constituency electorate_seat ward_town hospital_town clinic_town hospice_town surgery_site treatment_place vaccination_site
quarantine_place rehab_town adoption_town orphanage_town wedding_venue reception_venue honeymoon baptism_place church_town monastery_town
shrine pilgrimage_site abbey_town castle_town landmark monument_town viewpoint trailhead summit_town valley_town lakeside_town seaside_town
beach_town ski_resort mountain_village oasis island_capital waterfront estuary_town river_port farm_town vineyard_town orchard_town
stable_town stud_location brewery_town distillery_town growing_area new_home former_home old_home childhood_home second_home summer_house
weekend_home winter_quarters lodging accommodation hostel_town inn_town overnight_stop sleeping_place parking_place garage_town
service_point repair_place toll_town customs_post frontier_post loading_place unloading_place discharge_port storage_place storage_site
dispatch_centre sorting_centre post_office_town rallying_point protest_site relocation transfer_city workplace_town secondment placement
internship_location job_site assignment_city
""".split()

FIRMS_AS = """
supplier carrier bank insurer sponsor publisher label maker dealer company firm employer manufacturer vendor retailer wholesaler distributor
importer exporter contractor subcontractor builder developer architect_firm operator owner landlord tenant lender creditor debtor client
customer buyer purchaser seller bidder competitor rival partner parent subsidiary affiliate sister_company acquirer takeover_target
shareholder investor issuer underwriter broker auditor consultant consultancy law_firm agency ad_agency advertiser marketer brand franchise
franchisor licensor licensee patent_holder trademark_owner rights_holder producer studio broadcaster network channel streaming_service
record_label gallery auction_house museum orchestra theatre_company newspaper magazine news_agency printer bindery bookseller
library_supplier airline shipping_line shipper freight_forwarder haulier courier_service delivery_service railway bus_company ferry_line
cruise_line tour_operator travel_agency hotel_chain hotel caterer restaurant brewery winery distillery dairy bakery mill grower cooperative
farm_supplier seed_company breeder slaughterhouse utility energy_provider grid_operator water_company gas_supplier electricity_provider
oil_company refinery mine_operator steelworks foundry smelter shipyard boatbuilder aircraft_maker engine_maker carmaker coachbuilder
tyre_maker dealership rental_company leasing_company garage_chain telecom internet_provider phone_company host hosting_provider
cloud_provider registrar software_vendor integrator security_vendor chipmaker startup incubator venture_fund pension_fund hedge_fund
foundation charity donor trust association union federation club team league university institute laboratory test_lab clinic_group
hospital_group pharmacy_chain drugmaker device_maker health_insurer nursing_provider staffing_agency recruiter recruitment_agency
former_employer current_employer new_employer training_provider school_operator exam_board accreditor certifier inspector_body regulator
authority ministry tax_office plaintiff defendant claimant respondent licensing_body concessionaire franchisee outfitter equipment_supplier
kit_supplier shirt_sponsor title_sponsor organiser promoter ticket_seller merchant shop store supermarket department_store webshop
marketplace payment_provider card_issuer clearing_house stock_exchange property_manager estate_agency real_estate_firm moving_company
cleaning_company security_firm waste_collector recycler scrap_dealer repairer service_provider maintainer installer packager bottler
assembler toolmaker furniture_maker instrument_maker watchmaker toy_maker clothing_brand fashion_house jeweller perfume_house shoemaker
payer payee sender recipient holder signatory applicant nominee awardee exhibitor
""".split()

OBJECTS = """
gift purchase prize souvenir tool item product cargo relic prop present trophy award reward medal keepsake memento heirloom antique artefact
exhibit specimen sample find discovery treasure loot booty stolen_item evidence clue weapon murder_weapon device gadget appliance machine
instrument equipment gear kit spare_part component part accessory attachment ornament decoration furnishing furniture fixture utensil vessel
container package parcel_content shipment freight load baggage luggage hand_luggage belongings possession property valuables collateral
pledge deposit_item pawn security loan_item borrowed_item rental rented_item hired_item lost_item lost_property found_item missing_item
forgotten_item left_behind returned_item replacement substitute refund_item exchange_item trade_in swap bargain discount_item sale_item
special_offer bestseller top_seller new_arrival clearance_item stock inventory_item article goods merchandise commodity ware import export
raw_material material ingredient supply provision ration snack meal_item drink dish dessert starter main_course side_dish order ordered_item
wish wish_list_item request requested_item donation donated_item contribution offering sacrifice tribute bequest inheritance legacy
estate_item dowry wedding_gift birthday_present christmas_present farewell_gift thank_you_gift party_favour door_prize consolation_prize
first_prize second_prize raffle_prize jackpot winnings lot auction_lot bid_item consignment collectible collection_piece showpiece
centrepiece masterpiece artwork work_of_art painting_subject sculpture_piece installation model replica copy forgery fake original prototype
mock_up invention patent_subject innovation design creation handicraft craft workpiece project_piece homework_piece repair repaired_item
broken_item damaged_item damage defective_part defect faulty_part worn_part recalled_product returned_goods warranty_item insured_item
claimed_item declared_item seized_item confiscated_item contraband smuggled_goods dutiable_item prohibited_item permitted_item allowed_item
required_item essential must_have necessity luxury treat indulgence extra bonus freebie giveaway promotional_item add_on bundle set_piece
pack_item content contents filling topping garnish coating lining covering cover wrapping packaging padding clothing garment outfit
uniform_piece costume headgear footwear jewel jewellery adornment charm amulet talisman mascot toy plaything game_piece token souvenir_item
pastime_item hobby_item sports_equipment training_aid teaching_aid learning_aid visual_aid hearing_device medical_device implant prosthesis
dressing remedy treatment_item supplement aid walking_aid safety_device protective_gear shield alarm_device lock_device fastener connector
adapter cable_type charger_type battery_type peripheral input_device output_device hardware computer_part board_item storage_device
sensor_item detector gauge measuring_instrument scientific_instrument optical_instrument musical_instrument instrument_played percussion
string_instrument wind_instrument stage_prop backdrop_piece scenery requisite kitchen_tool garden_tool hand_tool power_tool implement
farm_machine vehicle vehicle_part conveyance mount crop produce harvest fruit_grown vegetable_grown seedling cutting plant houseplant
bouquet flower_arrangement wreath grave_good burial_object votive icon idol cult_object liturgical_item fossil mineral_find gemstone
rock_sample trace fingerprint_carrier wreckage_piece debris salvage jetsam flotsam catch haul bait lure trap prey trophy_animal pet
adopted_pet bedding textile fabric carpet_piece tapestry_piece curtain_item tableware glassware porcelain_piece silverware cookware
container_lost bag_content pocket_content suitcase_item carry_on shopping shopping_item groceries grocery_item basket_item cart_item
favourite favourite_toy favourite_tool favourite_item top_item featured_item product_name item_name item_description object thing entity
subject motif theme_object display_item window_item highlight attraction curiosity rarity oddity novelty fetish gimmick utility_item
consumable disposable reusable_item recyclable waste scrap rubbish trash leftover remnant remainder surplus excess duplicate backup_item
reserve_item emergency_item survival_item camping_gear hiking_gear climbing_gear diving_gear ski_gear riding_gear fishing_gear hunting_gear
office_supply stationery_item school_supply art_supply building_material construction_item tool_used instrument_used aid_used material_used
means vehicle_used object_shown object_sold object_bought object_given object_lost object_found object_stolen object_held carried_item
worn_item hidden_object buried_object thrown_object launched_object falling_object foreign_object unidentified_object sunken_object
floating_object payload ballast counterweight
""".split()

NAMED = """
ship boat yacht ferry tanker submarine frigate schooner novel book story poem essay play musical opera ballet symphony sonata song album
single anthem hymn film movie documentary series sitcom episode cartoon comic manga magazine journal newspaper column newsletter blog
podcast show quiz_show radio_programme painting sculpture fresco mural statue monument memorial horse racehorse pony dog puppy cat kitten
parrot hamster cow bull goat sheep_breed breed dog_breed cat_breed horse_breed cattle_breed poultry_breed species bird_species fish_species
tree_species plant_species orchid rose tulip flower tree shrub herb weed moss fern mushroom fungus apple_variety grape grape_variety
potato_variety variety cultivar wine beer whisky cocktail tea coffee_blend cheese bread cake pastry soup sauce stew salad dish recipe
dessert cuisine spice language dialect script alphabet tribe dynasty people religion denomination order_of_monks saint deity god goddess
myth legend fairy_tale character hero villain superhero planet moon star constellation galaxy comet asteroid nebula crater satellite
space_probe rocket rover shuttle space_mission mission spacecraft aircraft airliner helicopter glider balloon drone train locomotive express
tram_line car_model motorcycle bicycle_brand truck_model tank weapon_system missile river stream lake sea bay strait channel canal island
archipelago peninsula cape mountain hill volcano glacier valley canyon desert plain forest wood park national_park reserve cave waterfall
spring reef beach bridge tunnel dam tower castle palace fortress abbey cathedral temple mosque street road highway square avenue trail pass
hiking_route stadium arena hall theatre disease illness syndrome disorder infection virus bacterium parasite allergy medicine drug vaccine
antibiotic painkiller ointment therapy procedure enzyme protein gene hormone vitamin mineral element compound alloy gemstone rock fossil
dinosaur storm hurricane typhoon cyclone war battle siege treaty law act amendment bill reform policy directive standard doctrine theory
theorem algorithm equation principle experiment study project programme initiative campaign operation fund scholarship grant prize award
medal tournament cup league race regatta rally festival fair carnival holiday feast ceremony dance folk_dance martial_art sport game
board_game card_game video_game level quest puzzle toy_line doll software app tool_suite library package module framework plugin
operating_system database programming_language protocol file_format cluster server printer robot supercomputer chatbot font theme repository
release website forum channel_name wifi_network playlist ringtone ensemble band choir orchestra team club school_house party movement course
class_name subject lecture_series degree curriculum exhibition collection brand perfume shampoo fabric colour paint pattern font_family
style era epoch period currency dance_tune instrument_make violin_name diamond
""".split()

CODED = """
invoice flight room locker badge sensor parcel licence platform chassis permit shelf model order booking reservation ticket receipt voucher
coupon gift_card account customer_number member_number membership policy claim case docket file dossier record patient_record prescription
sample specimen blood_bag batch lot serial serial_number part part_number article product sku barcode item_number catalogue_number
inventory_number asset asset_tag tool machine device unit module board chip processor battery pump valve motor engine gearbox turbine
compressor boiler generator transformer meter gauge thermostat detector alarm camera scanner printer router switch server rack port cable
node cluster gateway access_point modem antenna transmitter beacon satellite probe drone robot probe_number license_plate plate number_plate
registration vehicle car van truck bus tram train wagon carriage coach trailer container crate pallet box carton drum barrel tank silo bin
bay slot rack_unit aisle row seat berth cabin compartment gate stand hangar runway dock pier jetty mooring quay terminal counter desk booth
window cubicle cell ward bed theatre_room operating_room laboratory hall office floor_plan apartment flat suite studio house plot
parcel_of_land field paddock stall stable cage kennel aquarium hive greenhouse bed_number row_number tree_tag ear_tag ring_number collar_tag
microchip animal herd_number brand_number passport visa identity_card driving_licence pilot_licence certificate diploma transcript exam
exam_paper course_code class_code module_code student_number matriculation_number employee_number staff_number personnel_number badge_number
key key_card access_card token card debit_card credit_card cheque transfer payment transaction deposit loan mortgage bond share fund
ledger_entry journal_entry budget_line cost_centre tax_file tax_number customs_declaration tariff bill_of_lading waybill consignment
shipment tracking_number dispatch_note delivery_note packing_slip return_label rma quote quotation offer tender contract lease agreement
amendment appendix clause paragraph section article_number statute regulation directive bylaw ordinance warrant summons verdict ruling
appeal complaint petition application request enquiry query incident issue bug defect fault error error_code change_request pull_request
commit build release version patch firmware revision drawing blueprint sketch plan layer part_drawing mould die_tool tool_number fixture jig
workstation station line production_line conveyor lathe press oven furnace kiln reactor vat mixer filter membrane lens slide vial tube
ampoule cartridge canister cylinder extinguisher hydrant manhole sluice lock_gate bridge tunnel junction exit lane route road_section
line_number stop_number signal semaphore crossing_number buoy lighthouse vessel hull boat helicopter aircraft airframe tail_number squadron
unit_number regiment patrol patrol_car precinct evidence_bag exhibit exhibit_number painting_number artifact excavation_find find_number
grave_plot tomb coffin urn manuscript folio microfilm reel tape disc book shelfmark isbn issue_number volume score part_score bib
start_number jersey race_number boat_number lane_number kart horse_number stall_number raffle_ticket lottery_ticket locker_key skipass
lift_ticket day_pass season_ticket boarding_pass baggage_tag suitcase_tag claim_tag cloakroom_tag wristband armband helmet harness
rope_number parachute oxygen_bottle survey questionnaire form protocol report memo minutes_item agenda_item audit inspection test test_run
experiment trial study cohort subject proband implant prosthesis pacemaker wheelchair ambulance helpdesk_ticket work_order job task
ticket_number phone_extension extension pager radio_channel frequency_slot
""".split()

TIMES = """
departure arrival takeoff landing boarding boarding_time gate_closing check_in checkout check_out pickup collection drop_off delivery
dispatch loading unloading docking undocking sailing casting_off opening closing opening_time closing_time doors doors_open admission entry
entrance exit kickoff kick_off tip_off face_off first_pitch tee_off start start_time beginning end end_time finish finish_time halftime
restart final_whistle curfew lights_out bedtime wake_up wake_up_call alarm reveille sunrise sunset dawn dusk nightfall moonrise moonset
high_tide low_tide eclipse breakfast brunch lunch tea_time dinner supper snack_time coffee_break break recess lunch_break pause intermission
interval shift shift_start shift_end shift_change clock_in clock_out handover rounds morning_rounds roll_call appointment meeting standup
briefing debriefing interview call callback conference session hearing sitting adjournment vote lecture lesson class seminar exam exam_start
bell first_bell last_bell rehearsal soundcheck curtain performance show screening broadcast airing premiere_time encore service mass prayer
vespers matins evensong ceremony vows toast fireworks parade procession burial feeding feeding_time milking walk medication dose
surgery_start incision visiting_hour discharge admission_time birth death accident crash collision impact outage blackout restore backup
maintenance reboot deployment cutoff deadline last_order last_call last_train first_train last_bus connection transfer launch liftoff
splashdown ignition countdown rendezvous meetup sighting call_out emergency_call alert evacuation all_clear arrest break_in power_cut return
homecoming training warm_up weigh_in race_start first_heat finals awarding workout swim jog nap
""".split()

DATES = """
birthday deadline founded hired delivery expiry wedding since until renewal date start end begin finish from to by due due_date birth born
died death date_of_birth date_of_death burial funeral baptism christening confirmation communion bar_mitzvah engagement engaged married
marriage divorce divorced separated anniversary graduation graduated enrolled enrolment admission admitted discharged discharge registered
registration joined left resigned resignation retired retirement dismissed dismissal appointed appointment promoted promotion elected
election inaugurated inauguration sworn_in nominated nomination took_office term_start term_end hire_date start_date end_date last_day
first_day last_working_day probation_end notice_given contract_start contract_end signed signing signature_date countersigned ratified
ratification enacted effective_from in_force repealed valid_from valid_until expires expiration expired issued issue_date renewed extended
cancelled cancellation terminated termination revoked suspended reinstated filed filing lodged submitted submission received receipt_date
sent mailed posted shipped dispatched delivered arrived arrival departure departed returned return_date return_by pickup collection
collected ordered order_date purchased purchase_date bought sold sale sale_start sale_end paid payment_date payment_due invoice_date billed
refunded refund booked booking reserved reservation check_in checkout opened opening reopened reopening closed closing closure launched
launch release released published publication premiere premiered aired first_aired broadcast recorded recording filmed screened performed
exhibition_start exhibition_end vernissage unveiled unveiling dedicated consecrated laid_down cornerstone groundbreaking construction_start
completed completion built renovated renovation demolished demolition commissioned decommissioned christened maiden_voyage maiden_flight
sunk wrecked salvaged discovered discovery found invented patented patent_date excavated dated examined examination exam retake test_date
tested sampled sample_taken diagnosed diagnosis operated operation surgery vaccinated vaccination booster last_visit next_visit checkup
next_checkup last_checkup inspected inspection next_inspection serviced last_service next_service maintenance calibrated calibration
repaired installed installation updated last_update upgraded created modified deleted archived backup_date deployed deployment merged
reported report_date incident accident theft_date stolen lost seen last_seen missing_since arrested charged trial hearing verdict sentenced
convicted acquitted paroled appeal_deadline parole execution meeting next_meeting conference workshop kickoff match final race tournament
draw transferred transfer moved moved_in moved_out move lease_start lease_end rent_due planted sown harvested harvest picked bottled brewed
baked packed packed_on best_before use_by produced manufactured acquired acquisition merger bankruptcy dissolved established formed
incorporated holiday vacation_start vacation_end leave_start leave_end trip travel_date visa_expiry passport_expiry application_deadline
applied application_date interview decision announcement announced objection_deadline last_login joined_on member_since subscribed_until
trial_end milestone cutoff
""".split()

MAILBOXES = """
email contact inbox reply_to support mail e_mail email_address mail_address mailbox address contact_email work_email private_email
personal_email office_email business_email home_email school_email backup_email recovery_email secondary_email alternate_email billing_email
invoice_email invoices_to receipts_to sender recipient addressee from to cc bcc copy_to forward_to forwarding send_to write_to respond_to
answer_to replies questions questions_to enquiries feedback complaints helpdesk hotline_mail service_desk info sales orders bookings
reservations rsvp registration registrations applications applications_to jobs press press_contact media_contact newsletter subscriber
subscription unsubscribe alerts alerts_to notify notifications notification_email report_to reports_to security_contact abuse
privacy_contact data_protection webmaster postmaster admin admin_email account login user_name username user_id account_email account_name
maintainer author_email owner_email manager_email parent_email guardian_email teacher_email student_email customer_email client_email
supplier_email tenant_email landlord_email doctor_email technical_contact emergency_contact escalation escalation_contact on_call
secretariat front_desk membership donations returns submissions manuscripts entries tickets coordinator_email organiser_email host_email
point_of_contact mailing_list distribution_list
""".split()

UNITS: dict[str, str] = {
    "weight": "{v} kg",
    "seats": "{v} seats",
    "price": "{v} euros",
    "laps": "{v} laps",
    "duration": "{v} minutes",
    "crew": "a crew of {v}",
    "floors": "{v} floors",
    "fine": "a fine of {v} dollars",
    "pages": "{v} pages",
    "chapters": "{v} chapters",
    "goals": "{v} goals",
    "points": "{v} points",
    "guests": "{v} guests",
    "visitors": "{v} visitors",
    "passengers": "{v} passengers",
    "students": "{v} students",
    "pupils": "{v} pupils",
    "teachers": "{v} teachers",
    "employees": "{v} employees",
    "workers": "{v} workers",
    "members": "{v} members",
    "volunteers": "{v} volunteers",
    "participants": "{v} participants",
    "runners": "{v} runners",
    "players": "{v} players",
    "spectators": "{v} spectators",
    "audience": "an audience of {v}",
    "attendance": "{v} attendees",
    "capacity": "room for {v} people",
    "rooms": "{v} rooms",
    "bedrooms": "{v} bedrooms",
    "beds": "{v} beds",
    "windows": "{v} windows",
    "doors": "{v} doors",
    "desks": "{v} desks",
    "chairs": "{v} chairs",
    "tables": "{v} tables",
    "shelves": "{v} shelves",
    "books": "{v} books",
    "copies": "{v} copies",
    "words": "{v} words",
    "lines": "{v} lines",
    "paragraphs": "{v} paragraphs",
    "footnotes": "{v} footnotes",
    "illustrations": "{v} illustrations",
    "photos": "{v} photos",
    "videos": "{v} videos",
    "slides": "{v} slides",
    "episodes": "{v} episodes",
    "seasons": "{v} seasons",
    "scenes": "{v} scenes",
    "tracks": "{v} tracks",
    "songs": "{v} songs",
    "verses": "{v} verses",
    "strings": "{v} strings",
    "keys": "{v} keys",
    "pipes": "{v} pipes",
    "instruments": "{v} instruments",
    "musicians": "{v} musicians",
    "singers": "{v} singers",
    "dancers": "{v} dancers",
    "actors": "{v} actors",
    "age": "{v} years old",
    "years": "{v} years",
    "months": "{v} months",
    "weeks": "{v} weeks",
    "days": "{v} days",
    "nights": "{v} nights",
    "hours": "{v} hours",
    "minutes": "{v} minutes",
    "seconds": "{v} seconds",
    "warranty": "a warranty of {v} months",
    "sentence": "a sentence of {v} years",
    "term": "a term of {v} years",
    "notice": "a notice period of {v} weeks",
    "delay": "a delay of {v} minutes",
    "wait": "a wait of {v} minutes",
    "break": "a break of {v} minutes",
    "overtime": "{v} hours of overtime",
    "vacation": "{v} days of vacation",
    "sick_days": "{v} sick days",
    "experience": "{v} years of experience",
    "shifts": "{v} shifts",
    "lessons": "{v} lessons",
    "credits": "{v} credits",
    "questions": "{v} questions",
    "answers": "{v} answers",
    "mistakes": "{v} mistakes",
    "errors": "{v} errors",
    "warnings": "{v} warnings",
    "bugs": "{v} bugs",
    "commits": "{v} commits",
    "files": "{v} files",
    "folders": "{v} folders",
    "tests": "{v} tests",
    "servers": "{v} servers",
    "cores": "{v} cores",
    "threads": "{v} threads",
    "users": "{v} users",
    "logins": "{v} logins",
    "downloads": "{v} downloads",
    "clicks": "{v} clicks",
    "views": "{v} views",
    "likes": "{v} likes",
    "comments": "{v} comments",
    "shares": "{v} shares",
    "followers": "{v} followers",
    "subscribers": "{v} subscribers",
    "messages": "{v} messages",
    "calls": "{v} calls",
    "letters": "{v} letters",
    "parcels": "{v} parcels",
    "boxes": "{v} boxes",
    "crates": "{v} crates",
    "pallets": "{v} pallets",
    "containers": "{v} containers",
    "bags": "{v} bags",
    "sacks": "{v} sacks",
    "bottles": "{v} bottles",
    "cans": "{v} cans",
    "barrels": "{v} barrels",
    "jars": "{v} jars",
    "cups": "{v} cups",
    "glasses": "{v} glasses",
    "plates": "{v} plates",
    "spoons": "{v} spoonfuls",
    "eggs": "{v} eggs",
    "loaves": "{v} loaves",
    "slices": "{v} slices",
    "portions": "{v} portions",
    "servings": "{v} servings",
    "courses": "{v} courses",
    "calories": "{v} calories",
    "cakes": "{v} cakes",
    "apples": "{v} apples",
    "trees": "{v} trees",
    "seedlings": "{v} seedlings",
    "bulbs": "{v} bulbs",
    "flowers": "{v} flowers",
    "rows": "{v} rows",
    "fields": "{v} fields",
    "cows": "{v} cows",
    "sheep": "{v} sheep",
    "goats": "{v} goats",
    "horses": "{v} horses",
    "pigs": "{v} pigs",
    "hens": "{v} hens",
    "hives": "{v} hives",
    "puppies": "{v} puppies",
    "kittens": "{v} kittens",
    "litter": "a litter of {v}",
    "herd": "a herd of {v}",
    "flock": "a flock of {v}",
    "birds": "{v} birds",
    "nests": "{v} nests",
    "fish": "{v} fish",
    "species": "{v} species",
    "samples": "{v} samples",
    "fossils": "{v} fossils",
    "coins": "{v} coins",
    "stamps": "{v} stamps",
    "paintings": "{v} paintings",
    "sculptures": "{v} sculptures",
    "exhibits": "{v} exhibits",
    "galleries": "{v} galleries",
    "towers": "{v} towers",
    "bells": "{v} bells",
    "arches": "{v} arches",
    "columns": "{v} columns",
    "steps": "{v} steps",
    "stairs": "{v} stairs",
    "lifts": "{v} lifts",
    "apartments": "{v} apartments",
    "households": "{v} households",
    "houses": "{v} houses",
    "garages": "{v} garages",
    "parking": "{v} parking spaces",
    "parking_spaces": "{v} parking spaces",
    "lanes": "{v} lanes",
    "bridges": "{v} bridges",
    "tunnels": "{v} tunnels",
    "stations": "{v} stations",
    "stops": "{v} stops",
    "gates": "{v} gates",
    "platforms": "{v} platforms",
    "wagons": "{v} wagons",
    "coaches": "{v} coaches",
    "buses": "{v} buses",
    "trucks": "{v} trucks",
    "cars": "{v} cars",
    "bicycles": "{v} bicycles",
    "boats": "{v} boats",
    "ships": "{v} ships",
    "aircraft": "{v} aircraft",
    "flights": "{v} flights",
    "landings": "{v} landings",
    "engines": "{v} engines",
    "cylinders": "{v} cylinders",
    "gears": "{v} gears",
    "wheels": "{v} wheels",
    "axles": "{v} axles",
    "cabins": "{v} cabins",
    "decks": "{v} decks",
    "masts": "{v} masts",
    "sails": "{v} sails",
    "oars": "{v} oars",
    "lifeboats": "{v} lifeboats",
    "patients": "{v} patients",
    "doctors": "{v} doctors",
    "nurses": "{v} nurses",
    "doses": "{v} doses",
    "tablets": "{v} tablets",
    "injections": "{v} injections",
    "stitches": "{v} stitches",
    "operations": "{v} operations",
    "births": "{v} births",
    "deaths": "{v} deaths",
    "casualties": "{v} casualties",
    "injured": "{v} injured",
    "survivors": "{v} survivors",
    "victims": "{v} victims",
    "pulse": "a pulse of {v}",
    "heartbeats": "{v} beats per minute",
    "witnesses": "{v} witnesses",
    "jurors": "{v} jurors",
    "lawyers": "{v} lawyers",
    "charges": "{v} charges",
    "arrests": "{v} arrests",
    "complaints": "{v} complaints",
    "cases": "{v} cases",
    "clauses": "{v} clauses",
    "signatures": "{v} signatures",
    "votes": "{v} votes",
    "delegates": "{v} delegates",
    "candidates": "{v} candidates",
    "applicants": "{v} applicants",
    "applications": "{v} applications",
    "vacancies": "{v} vacancies",
    "children": "{v} children",
    "siblings": "{v} siblings",
    "grandchildren": "{v} grandchildren",
    "residents": "{v} residents",
    "population": "{v} inhabitants",
    "inhabitants": "{v} inhabitants",
    "settlers": "{v} settlers",
    "soldiers": "{v} soldiers",
    "officers": "{v} officers",
    "firefighters": "{v} firefighters",
    "tanks": "{v} tanks",
    "cannons": "{v} cannons",
    "branches": "{v} branches",
    "shops": "{v} shops",
    "customers": "{v} customers",
    "orders": "{v} orders",
    "complimentary_tickets": "{v} free tickets",
    "tickets": "{v} tickets",
    "quantity": "{v} pieces",
    "pieces": "{v} pieces",
    "stock": "{v} units in stock",
    "units": "{v} units",
    "pairs": "{v} pairs",
    "sets": "{v} sets",
    "matches": "{v} matches",
    "wins": "{v} wins",
    "losses": "{v} losses",
    "draws": "{v} draws",
    "titles": "{v} titles",
    "medals": "{v} medals",
    "trophies": "{v} trophies",
    "assists": "{v} assists",
    "penalties": "{v} penalties",
    "fouls": "{v} fouls",
    "saves": "{v} saves",
    "rounds": "{v} rounds",
    "holes": "{v} holes",
    "strokes": "{v} strokes",
    "jumps": "{v} jumps",
    "dives": "{v} dives",
    "attempts": "{v} attempts",
    "repetitions": "{v} repetitions",
    "push_ups": "{v} push-ups",
    "teams": "{v} teams",
    "judges": "{v} judges",
    "referees": "{v} referees",
    "moves": "{v} moves",
    "cards": "{v} cards",
    "dice": "{v} dice",
    "levels": "{v} levels",
    "lives": "{v} lives",
    "sensors": "{v} sensors",
    "cameras": "{v} cameras",
    "lamps": "{v} lamps",
    "panels": "{v} panels",
    "batteries": "{v} batteries",
    "turbines": "{v} turbines",
    "orbits": "{v} orbits",
    "moons": "{v} moons",
    "satellites": "{v} satellites",
    "telescopes": "{v} telescopes",
    "islands": "{v} islands",
    "peaks": "{v} peaks",
    "huts": "{v} huts",
    "tents": "{v} tents",
    "stages": "{v} stages",
    "countries": "{v} countries",
    "speakers": "{v} speakers",
    "talks": "{v} talks",
    "donors": "{v} donors",
    "meals": "{v} meals",
    "blankets": "{v} blankets",
    "cost": "{v} euros",
    "rent": "a rent of {v} euros",
    "salary": "a salary of {v} euros",
    "wage": "a wage of {v} dollars",
    "fee": "a fee of {v} euros",
    "fare": "a fare of {v} dollars",
    "deposit": "a deposit of {v} euros",
    "bonus": "a bonus of {v} dollars",
    "discount": "a discount of {v} percent",
    "budget": "a budget of {v} euros",
    "loan": "a loan of {v} dollars",
    "donation": "a donation of {v} euros",
    "prize_money": "prize money of {v} dollars",
    "bail": "bail of {v} dollars",
    "damage": "damage of {v} euros",
    "tip": "a tip of {v} euros",
    "total": "a total of {v} euros",
    "revenue": "a revenue of {v} dollars",
    "profit": "a profit of {v} dollars",
    "debt": "debts of {v} euros",
    "height": "{v} metres high",
    "length": "{v} metres long",
    "width": "{v} metres wide",
    "depth": "{v} metres deep",
    "distance": "{v} kilometres",
    "altitude": "an altitude of {v} metres",
    "speed": "{v} km/h",
    "temperature": "{v} degrees",
    "area": "{v} square metres",
    "hectares": "{v} hectares",
    "acres": "{v} acres",
    "volume": "{v} litres",
    "power": "{v} watts",
    "voltage": "{v} volts",
    "horsepower": "{v} horsepower",
    "load": "a load of {v} tonnes",
    "displacement": "{v} tonnes",
    "memory": "{v} gigabytes of memory",
    "mileage": "{v} miles",
    "rainfall": "{v} millimetres of rain",
    "noise": "{v} decibels",
    "rank": "place {v}",
    "score": "a score of {v}",
    "size": "size {v}",
    "grade": "{v} out of 100",
    "humidity": "{v} percent humidity",
}

ACTIONS = """
packed sold borrowed photographed bought ordered lost found repaired shipped delivered returned collected opened closed locked unlocked
cleaned washed dried ironed folded sewed stitched knitted mended patched painted repainted varnished sanded carved engraved sculpted drew
sketched traced designed built assembled dismantled disassembled installed uninstalled mounted fixed replaced restored renovated upgraded
tested checked inspected examined measured weighed counted labelled tagged marked stamped sealed wrapped unwrapped unpacked boxed loaded
unloaded carried lifted dropped threw tossed kicked caught pushed pulled dragged towed moved relocated stored stacked stowed hid buried dug
unearthed excavated discovered spotted noticed saw observed watched viewed showed displayed exhibited presented demonstrated unveiled
revealed announced advertised promoted reviewed rated praised criticised recommended described mentioned cited quoted read skimmed studied
analysed researched investigated documented recorded filmed scanned copied duplicated printed photocopied published edited revised proofread
translated transcribed summarised wrote drafted typed dictated signed countersigned approved rejected accepted declined refused requested
demanded claimed declared registered reported filed archived catalogued indexed listed logged noted entered submitted handed sent mailed
posted emailed faxed forwarded received donated gave gifted lent loaned rented leased hired chartered booked reserved cancelled postponed
scheduled planned organised arranged prepared set laid placed hung fastened attached glued nailed screwed bolted welded soldered tied untied
knotted chained wired connected disconnected plugged unplugged charged recharged started stopped launched switched activated deactivated
reset rebooted configured adjusted calibrated tuned sharpened oiled greased lubricated filled refilled emptied drained pumped poured spilled
mixed stirred whisked blended chopped sliced diced peeled grated ground crushed mashed kneaded rolled baked cooked boiled fried grilled
roasted steamed smoked toasted heated reheated cooled chilled froze thawed seasoned salted tasted ate drank sipped swallowed served plated
garnished decorated iced brewed distilled bottled corked uncorked pickled canned preserved planted sowed watered pruned trimmed mowed
harvested picked plucked gathered raked weeded fertilised sprayed grafted transplanted grew bred raised fed groomed brushed saddled rode
drove parked steered piloted flew sailed rowed paddled anchored docked crashed wrecked damaged broke smashed cracked shattered tore ripped
scratched dented bent burned scorched melted destroyed demolished sank salvaged recovered retrieved rescued saved protected insured guarded
secured hoarded kept stole robbed smuggled seized confiscated impounded forged faked counterfeited pawned auctioned traded swapped exchanged
bartered haggled purchased acquired inherited bequeathed won earned awarded valued appraised priced invoiced billed paid financed funded
sponsored bid offered proposed suggested invented patented developed engineered programmed coded compiled debugged refactored deployed
released merged reverted committed uploaded downloaded deleted erased renamed encrypted decrypted synced shared streamed played performed
rehearsed practised composed conducted sang hummed whistled strummed recited staged directed produced screened broadcast dubbed mastered
framed unframed matted gilded glazed fired moulded cast hammered drilled sawed planed chiselled turned milled machined wove spun dyed
embroidered crocheted hemmed tailored altered fitted wore tried modelled shed zipped buttoned laced upholstered stuffed cushioned covered
uncovered shielded draped carpeted tiled paved plastered wallpapered insulated roofed fenced gated dusted swept mopped vacuumed scrubbed
scoured rinsed disinfected sterilised bleached waxed buffed shined aired recycled discarded dumped scrapped shredded composted incinerated
abandoned forgot misplaced mislaid remembered recognised identified classified sorted sifted filtered sampled diluted dissolved titrated
centrifuged incubated cultured isolated purified synthesised dissected mapped surveyed charted plotted simulated computed calculated
estimated verified validated certified audited endorsed notarised ratified vetoed contested challenged questioned debated taught learned
memorised graded corrected explained solved finished completed began resumed
""".split()

PERSON_ACTIONS = """
hired thanked visited coached examined met called phoned texted emailed contacted invited welcomed greeted hosted interviewed recruited
employed appointed promoted nominated elected selected chose recommended endorsed praised congratulated honoured awarded decorated knighted
celebrated toasted applauded cheered encouraged motivated inspired supported helped assisted aided advised counselled consoled comforted
reassured calmed soothed hugged kissed embraced married wed divorced dated courted adored loved admired respected trusted believed obeyed
followed accompanied escorted guided led drove ferried chauffeured carried transported fetched collected dropped dispatched sent taught
tutored trained instructed mentored supervised managed directed commanded lectured graded tested quizzed questioned interrogated
cross_examined consulted briefed informed notified warned alerted reminded asked begged urged persuaded convinced challenged confronted
criticised blamed accused denounced reported sued prosecuted defended represented convicted sentenced fined acquitted pardoned released
freed arrested detained handcuffed jailed imprisoned guarded protected rescued saved revived treated healed cured operated_on vaccinated
bandaged diagnosed nursed tended bathed dressed fed weighed measured x_rayed anaesthetised discharged admitted transferred referred enrolled
registered expelled suspended dismissed fired sacked replaced succeeded relieved substituted benched signed scouted drafted traded loaned
captained beat defeated outran overtook tackled fouled marked outplayed knocked_out eliminated injured tripped pushed hit struck attacked
robbed kidnapped chased pursued caught tracked searched found located spotted noticed recognised identified saw watched observed
photographed filmed painted sketched drew portrayed sculpted described mentioned quoted cited profiled introduced presented announced named
christened baptised confirmed ordained blessed buried mourned eulogised commemorated remembered forgot missed avoided ignored snubbed
insulted teased mocked annoyed bored amused entertained surprised shocked impressed disappointed scared startled woke roused joined left
abandoned deserted betrayed deceived cheated tricked bribed paid tipped reimbursed compensated rewarded sponsored funded insured housed
sheltered adopted fostered raised babysat looked_after evicted deported smuggled served seated ushered hailed saluted nodded_at elbowed
lobbied petitioned outbid overheard interrupted corrected apprenticed groomed styled tattooed massaged
""".split()

FIRM_ACTIONS = """
launched recalled delivered released introduced unveiled announced presented developed designed engineered built manufactured produced made
assembled tested certified patented licensed franchised marketed advertised promoted branded rebranded renamed relaunched discontinued
withdrew retired replaced upgraded updated modernised redesigned improved expanded shipped exported imported distributed supplied stocked
sold resold auctioned discounted priced repriced leased rented chartered financed funded sponsored insured underwrote bought acquired
purchased ordered commissioned outsourced contracted subcontracted procured installed maintained serviced repaired refurbished overhauled
restored renovated inspected audited operated ran managed hosted streamed broadcast aired published printed reprinted digitised translated
bundled packaged repackaged bottled brewed distilled roasted baked processed refined recycled scrapped demolished dismantled decommissioned
closed opened reopened constructed drilled mined extracted harvested grew bred farmed warehoused stored transported hauled forwarded cleared
refunded exchanged warranted guaranteed donated pledged offered provided deployed patched open_sourced integrated automated piloted trialled
prototyped previewed showcased exhibited demonstrated postponed delayed cancelled suspended resumed halted dropped shelved copied
counterfeited cloned sued_over defended registered trademarked listed delisted spun_off merged divested mortgaged pawned
""".split()

EVENTS = """
trial concert audit marathon repair tasting landing lecture meeting conference congress symposium seminar workshop webinar training course
lesson class exam test quiz interview hearing deposition arbitration mediation appeal sentencing verdict inquest investigation inspection
search raid arrest patrol parade procession march demonstration protest rally strike picket vote election referendum ballot campaign debate
summit negotiation signing treaty_talks inauguration coronation ceremony graduation commencement wedding engagement christening baptism
funeral burial wake memorial_service mass prayer_meeting pilgrimage retreat birthday party reception banquet gala ball dance prom dinner
lunch breakfast brunch picnic barbecue feast reunion homecoming anniversary jubilee festival fair carnival market flea_market auction sale
clearance exhibition vernissage show fashion_show trade_fair expo premiere screening film_shoot recording rehearsal audition performance
play opera ballet recital gig tour reading book_launch signing_session press_conference briefing broadcast interview_round match game final
semifinal derby friendly tournament championship cup_tie race sprint relay regatta triathlon decathlon heat qualifier time_trial grand_prix
rodeo duel bout fight fencing_bout chess_match hackathon sprint_review standup retrospective kickoff code_review deployment release rollout
migration backup upgrade outage maintenance reboot penetration_test drill fire_drill evacuation rescue accident crash collision derailment
explosion fire flood earthquake landslide avalanche storm eclipse launch liftoff docking spacewalk flight departure takeoff stopover
crossing voyage cruise expedition hike climb dive safari excursion field_trip sightseeing guided_tour trip transfer move delivery collection
shipment loading unloading weighing stocktaking inventory purchase handover acceptance viewing house_viewing groundbreaking topping_out
renovation demolition installation calibration measurement experiment observation sampling excavation survey census operation surgery
transplant biopsy scan x_ray examination checkup consultation vaccination blood_donation therapy_session physiotherapy massage birth
delivery_at_home dental_cleaning harvest sowing planting grafting milking shearing calving slaughter pressing bottling brewing baking
cooking_class wine_tasting tea_ceremony pottery_class yoga_class swimming_lesson riding_lesson driving_test driving_lesson rehearsal_dinner
open_day parents_evening orientation enrolment induction appraisal job_interview board_meeting general_meeting merger takeover
closing_ceremony opening award_ceremony draw lottery raffle fundraiser charity_run cleanup adoption naming court_martial manoeuvre ceasefire
siege battle invasion treasure_hunt scavenger_hunt sleepover camp boot_camp residency exchange secondment internship shift
""".split()

BUILDINGS = """
bakery clinic stadium archive garage embassy hospital school library museum gallery theatre cinema opera_house concert_hall church chapel
cathedral mosque synagogue temple abbey monastery convent town_hall courthouse prison police_station fire_station post_office bank hotel
hostel inn guesthouse restaurant cafe bar pub bistro diner canteen tavern pizzeria brewery distillery winery mill butchery grocery
supermarket market market_hall department_store mall boutique bookshop pharmacy florist jewellery_shop toy_shop hardware_store pet_shop
shoe_shop antique_shop pawnshop kiosk barbershop hair_salon spa sauna gym swimming_pool ice_rink arena racetrack velodrome tennis_court
bowling_alley golf_course ski_lodge boathouse marina shipyard harbour dock pier lighthouse ferry_terminal airport terminal hangar
control_tower train_station bus_station tram_stop metro_station depot warehouse factory workshop foundry sawmill refinery power_plant
substation waterworks sewage_plant recycling_centre landfill quarry mine farm barn stable dairy greenhouse nursery kindergarten daycare
primary_school high_school boarding_school academy college university faculty campus lecture_hall laboratory observatory planetarium
institute research_centre data_centre office headquarters tower skyscraper apartment_block villa mansion palace castle fortress manor
cottage farmhouse dormitory barracks consulate ministry parliament city_hall registry_office tax_office job_centre customs_house
tourist_office community_centre youth_club retirement_home nursing_home hospice orphanage shelter food_bank crematorium cemetery mausoleum
morgue maternity_ward surgery dental_practice veterinary_clinic animal_shelter zoo aquarium botanical_garden park playground amusement_park
circus casino nightclub ballroom club_house dance_school music_school conservatory art_school recording_studio film_studio radio_station
television_studio printing_house publishing_house newsroom auction_house showroom car_dealership petrol_station car_wash parking_garage
repair_shop bicycle_shop laundry dry_cleaner tailor_shop tannery pottery glassworks smithy carpentry bindery optician photo_studio
travel_agency call_centre coworking_space conference_centre exhibition_hall fairground pavilion bandstand amphitheatre bell_tower
water_tower windmill bridge_house gatehouse crypt cellar vault
""".split()

MOTIONS = """
moved flew sailed drove returned travelled went came walked hiked marched ran jogged cycled biked pedalled rode hitchhiked commuted
journeyed voyaged cruised rowed paddled swam drifted floated headed rushed hurried raced sped dashed fled escaped retreated withdrew
emigrated immigrated migrated relocated resettled transferred was_sent was_transferred was_moved was_relocated was_posted was_assigned
was_seconded was_deployed was_dispatched was_shipped was_delivered was_brought was_taken was_flown was_driven was_ferried was_escorted
was_evacuated was_deported was_extradited was_exiled was_banished was_recalled was_summoned was_invited was_called was_diverted
was_redirected was_rerouted was_towed was_airlifted was_carried was_transported was_rushed was_forwarded was_returned was_exported was_sold
was_loaned was_lent advanced proceeded continued pressed_on carried_on pushed_on moved_on went_on flew_on drove_on sailed_on walked_on
came_back went_back flew_back drove_back sailed_back moved_back walked_back hurried_back came_home set_off set_out set_sail took_off
took_a_train took_a_bus took_a_taxi took_a_ferry took_a_flight caught_a_train caught_a_flight made_a_trip made_the_journey made_a_detour
paid_a_visit found_the_way made_it got got_back strolled wandered roamed trekked trudged ambled galloped trotted skied sledded skated
steamed toured ventured crossed crossed_over climbed ascended descended navigated steered detoured swerved turned diverted shuttled hopped
tramped pilgrimaged moved_away moved_house moved_permanently
""".split()
