"""Tools of work and technology, with natural ways to ask for them."""

from __future__ import annotations

from .known_tools import KnownTool, _p, _tool

TOOLS_A: tuple[KnownTool, ...] = (
    # Factories and machines
    _tool(
        "halt_conveyor stop_assembly_line freeze_belt", "Halt a conveyor belt in the factory|Bring an assembly line to a standstill", (_p("belt line conveyor_id", "code", "Which belt"),),
        "halt conveyor {a}", "The belt {a} has to stand still right away", "stop the assembly line {a} before something jams", "Conveyor {a} is chewing up boxes, bring it to a halt", "Emergency stop for belt {a}", "freeze line {a}",
    ),
    _tool(
        "calibrate_robot_arm align_manipulator", "Calibrate a robot arm at a station|Align the joints of a manipulator", (_p("robot arm robot_name", "word", "Name of the robot"), _p("station cell bay", "int", "Station number")),
        "calibrate the robot arm {a} at station {b}", "Robot {a} in cell {b} misses its target, align it again", "At station {b}, recalibrate the arm of {a}", "Arm calibration: {a}, station {b}", "Can the manipulator {a} at bay {b} be aligned?",
    ),
    _tool(
        "lubricate_bearing grease_machine oil_gearbox", "Lubricate the bearing of a machine|Grease a machine with a lubricant", (_p("machine machine_id unit", "code", "Machine"), _p("grease lubricant oil_type", "word", "Sort of grease")),
        "lubricate the bearing of machine {a} with {b}", "Machine {a} squeaks, grease it with {b}", "Use the lubricant {b} on unit {a}", "Can you have the gearbox of {a} oiled with {b}?", "Grease job: {a}, product {b}",
    ),
    _tool(
        "replace_cutting_blade swap_saw_blade change_cutter", "Replace the cutting blade of a machine|Swap a blunt cutter", (_p("machine saw machine_id", "code", "Machine"), _p("teeth tooth_count", "int", "Number of teeth")),
        "replace the blade of saw {a} by one with {b} teeth", "Saw {a} is blunt and needs a {b} tooth blade", "fit a blade with {b} teeth to machine {a}", "New cutter for {a}, {b} teeth", "Could machine {a} get a fresh blade that has {b} teeth?",
    ),
    _tool(
        "adjust_furnace_heat set_kiln_temperature heat_furnace", "Adjust the heat of a furnace|Set the temperature of a kiln in degrees", (_p("furnace kiln oven_id", "code", "Furnace"), _p("degrees temperature celsius", "int", "Degrees")),
        "heat furnace {a} to {b} degrees", "Kiln {a} should be at {b} degrees", "set {b} degrees on the furnace {a}", "The melt in furnace {a} needs {b} degrees", "Furnace {a}: {b} degrees",
    ),
    _tool(
        "report_defective_part flag_scrap reject_workpiece", "Report a defective part from production|Reject a workpiece with its flaw", (_p("part workpiece part_number", "code", "Part number"), _p("defect flaw reason", "phrase", "What is wrong")),
        "report part {a} as defective: {b}", "Workpiece {a} is scrap because of this flaw: {b}", "reject the part {a}, reason: {b}", "Part {a} cannot be sold, the defect is {b}", "flag workpiece {a} with the note {b}",
    ),
    _tool(
        "count_shift_output get_production_figure query_units_made", "Count the pieces made in a shift|Production output of a plant on a day", (_p("plant factory works", "city", "Where the plant is"), _p("day date shift_date", "date", "Day")),
        "How many pieces did the {a} plant make on {b}?", "get the output of the factory in {a} for {b}", "On {b}, what was produced in the {a} works?", "Production figures, plant {a}, {b}", "The boss wants to know the units made in {a} on {b}",
    ),
    _tool(
        "assign_operator staff_workstation put_worker_on_machine", "Assign an operator to a machine|Decide which worker runs a press or lathe", (_p("worker operator employee", "name", "Worker"), _p("machine press lathe", "code", "Machine")),
        "assign {a} to machine {b}", "put {a} on lathe {b}", "Press {b} has no operator, let {a} run it", "Can {a} work at machine {b}?", "Operator for {b}: {a}",
    ),
    _tool(
        "inspect_weld check_welding_seam", "Inspect a weld on a construction piece|Check a welding seam by a method", (_p("seam weld seam_id", "code", "Seam"), _p("method technique", "enum", "How to check")),
        "inspect weld {a} with the method {b}", "Is the seam {a} sound? Use method {b}", "check the welding seam {a} by method {b}", "Method {b} is what we need for weld {a}", "Weld inspection {a}, method {b}",
    ),
    _tool(
        "tension_drive_belt tighten_chain", "Tension the drive belt of a motor|Tighten a chain to a force in newton", (_p("motor drive engine", "code", "Motor"), _p("newton force tension", "int", "Force")),
        "tighten the belt of motor {a} to {b} newton", "The chain of drive {a} is slack, tension it to {b} newton", "apply {b} newton to the belt of motor {a}", "Drive belt {a}: tension {b} newton", "Motor {a} slips and wants {b} newton on the belt",
    ),
    _tool(
        "paint_workpiece spray_coating lacquer_part", "Paint a workpiece in the spray booth|Spray a coating of a color on a part", (_p("part workpiece item", "noun", "What to paint"), _p("color coating shade", "color", "Color"), _p("coats layers", "digit", "How many coats")),
        "spray the {a} {b} with {c} coats", "Give the {a} {c} layers of {b} lacquer", "The customer wants {b} paint on the {a}, {c} coats", "Spray booth: {a}, {b}, {c} coats", "Could the {a} be painted {b} in {c} coats?",
    ),
    # Laboratories
    _tool(
        "spin_centrifuge run_centrifuge", "Spin a sample in the centrifuge|Separate a probe by rotation", (_p("sample tube probe", "code", "Sample"), _p("minutes duration", "int", "Minutes")),
        "spin sample {a} in the centrifuge for {b} minutes", "Tube {a} needs {b} minutes of centrifuging", "run the centrifuge {b} minutes with sample {a}", "Centrifuge: {a}, {b} min", "Can you separate probe {a}? {b} minutes should do",
    ),
    _tool(
        "incubate_culture grow_cell_culture warm_petri_dish", "Incubate a culture for some hours|Grow cells in a petri dish", (_p("culture dish dish_id", "code", "Dish"), _p("hours duration_hours", "int", "Hours"), _p("degrees temperature", "int", "Degrees")),
        "incubate culture {a} for {b} hours at {c} degrees", "Dish {a} goes into the incubator, {b} hours, {c} degrees", "keep the culture {a} at {c} degrees for {b} hours", "Let the cells in dish {a} grow {b} hours at {c} degrees", "At {c} degrees, warm petri dish {a} during {b} hours",
    ),
    _tool(
        "measure_acidity test_ph_value", "Measure the acidity of a liquid|Test the pH value of a solution", (_p("liquid solution sample", "noun", "Liquid"),),
        "measure the acidity of the {a}", "How acidic is the {a}?", "What is the pH of the {a}?", "I must know whether the {a} is sour, test its pH", "Acidity test for the {a}", "dip a pH strip into the {a}",
    ),
    _tool(
        "sequence_genome read_dna decode_genes", "Sequence the genome of a species|Read the DNA out of a sample", (_p("sample specimen tissue", "code", "Sample"), _p("species organism", "word", "Species")),
        "sequence the genome of {a}, species {b}", "Specimen {a} comes from {b}, read its DNA", "The genes of sample {a} of the species {b} are to be decoded", "DNA run: sample {a}, organism {b}", "Can you sequence tissue {a} taken from {b}?",
    ),
    _tool(
        "dilute_solution thin_reagent", "Dilute a reagent with water|Thin a chemical solution by a factor", (_p("reagent solution chemical", "word", "Chemical"), _p("factor ratio", "int", "Factor")),
        "dilute {a} by a factor of {b}", "The solution of {a} is too strong, thin it {b} times", "make a 1 to {b} dilution of {a}", "Dilution: {a}, factor {b}", "How about thinning the reagent {a} by factor {b}?",
    ),
    _tool(
        "book_microscope reserve_electron_microscope", "Book the microscope for a researcher|Reserve time at the electron microscope", (_p("researcher scientist user", "name", "Who uses it"), _p("time start hour", "clock", "When it starts")),
        "book the microscope for {a} at {b}", "By the way, {a} would like to use the electron microscope from {b}", "At {b} the microscope should be free for {a}", "reserve microscope time at {b} for {a}", "Is the microscope available at {b}? If so, put {a} down",
    ),
    _tool(
        "dispose_chemical_waste discard_reagent remove_hazardous_waste", "Dispose of chemical waste|Discard a hazardous reagent from a laboratory", (_p("chemical waste substance", "word", "Substance"), _p("lab room laboratory", "code", "Laboratory")),
        "dispose of the {a} from lab {b}", "There is leftover {a} in laboratory {b}, get it taken away safely", "Lab {b} wants its {a} waste collected", "discard the hazardous {a} in room {b}", "Who gets rid of the {a} in lab {b}?",
    ),
    _tool(
        "label_specimen tag_lab_sample", "Label a specimen with a text|Put a tag on a laboratory sample", (_p("specimen sample vial", "code", "Specimen"), _p("label text tag", "phrase", "Text")),
        "label specimen {a} with \"{b}\"", "Vial {a} should carry the label {b}", "stick a tag on sample {a}: {b}", "Write \"{b}\" on specimen {a}", "Sample {a} is unmarked, the label should say {b}",
    ),
    # Servers and databases
    _tool(
        "reboot_server restart_host power_cycle_machine", "Reboot a server|Power cycle a host that hangs", (_p("host server hostname", "word", "Host name"),),
        "reboot the server {a}", "Host {a} hangs, power cycle it", "restart {a}", "Server {a} does not answer any more, it needs a reboot", "Could you bounce the machine {a}?", "Reboot: {a}",
    ),
    _tool(
        "vacuum_table compact_table defragment_table", "Vacuum a table of the database|Compact the storage of a database table", (_p("table table_name relation", "word", "Table"), _p("database db schema", "word", "Database")),
        "vacuum the table {a} in database {b}", "Database {b} is bloated, compact its table {a}", "In {b}, defragment table {a}", "The table {a} of schema {b} wastes space, vacuum it", "Table compaction: {a} in {b}",
    ),
    _tool(
        "create_index add_database_index", "Create an index on a column of a table|Make queries on a column faster", (_p("table table_name", "word", "Table"), _p("column field", "word", "Column")),
        "create an index on table {a}, column {b}", "Queries on column {b} of table {a} are slow, index it", "Table {a} needs an index for {b}", "index the field {b} in table {a}", "New index: table {a}, column {b}",
    ),
    _tool(
        "restore_snapshot roll_back_backup recover_database", "Restore a database from a snapshot|Recover data out of a backup of a day", (_p("database db instance", "word", "Database"), _p("snapshot_date backup_day date", "date", "Day of the backup")),
        "restore the database {a} from the snapshot of {b}", "We lost data in {a}, recover it from the backup of {b}", "Take the backup of {b} and bring back {a}", "Snapshot restore: {a}, {b}", "Can {a} be put back to how it was on {b}?",
    ),
    _tool(
        "kill_process terminate_pid end_task", "Kill a process on a host|Terminate a running program by its process number", (_p("pid process_id process", "int", "Process number"), _p("host server node", "word", "Host")),
        "kill process {a} on {b}", "Process {a} eats all the memory of {b}, terminate it", "On host {b}, end the process with number {a}", "Something with pid {a} is stuck on {b}, get rid of it", "Terminate pid {a}, server {b}",
    ),
    _tool(
        "scale_cluster resize_node_pool add_replicas", "Scale a cluster to a number of nodes|Change how many replicas run", (_p("cluster pool service", "word", "Cluster"), _p("nodes replicas size", "int", "Number of nodes")),
        "scale the cluster {a} to {b} nodes", "Traffic is growing, let {a} run with {b} replicas", "I want {b} nodes in cluster {a}", "Cluster {a}: {b} nodes", "Could {a} be resized to {b} replicas?",
    ),
    _tool(
        "check_disk_usage query_free_space inspect_storage", "Check how full the disk of a server is|Query the free storage of a mount", (_p("server host machine", "word", "Server"), _p("mount path directory", "path", "Mount point")),
        "check the disk usage of {b} on server {a}", "How much space is left on {a} in {b}?", "Is {b} on host {a} full?", "On machine {a}, tell me the free storage below {b}", "Disk space: {a}, {b}",
    ),
    _tool(
        "rotate_logs archive_logfile truncate_log", "Rotate the log file of a service|Archive logs that got too long", (_p("logfile path log", "path", "Log file"), _p("keep days keep_days", "int", "Days to keep")),
        "rotate the log {a} and keep {b} days", "The logfile {a} is huge, archive it with {b} days kept", "keep only {b} days of the log {a}", "Log rotation for {a}, {b} days", "Logs older than {b} days in {a} can be archived",
    ),
    _tool(
        "revoke_access_token invalidate_api_key", "Revoke an access token|Invalidate the API key of a user", (_p("token key token_id", "code", "Token"), _p("owner user account", "name", "Owner")),
        "revoke the token {a} of {b}", "As you know, {b} leaked the API key {a}, invalidate it", "The access token {a} owned by {b} must not work any more", "Token {a}, owner {b}: revoke", "Because {b} has left, cancel the key {a}",
    ),
    # Networks
    _tool(
        "open_firewall_port allow_port unblock_port", "Open a port in the firewall|Allow traffic through a port", (_p("port port_number", "int", "Port"), _p("protocol proto", "enum", "Protocol")),
        "open port {a} for {b} in the firewall", "Traffic with {b} on port {a} is blocked, allow it", "let {b} through port {a}", "Firewall: open {a}, protocol {b}", "Our firewall should accept {b} connections at port {a}",
    ),
    _tool(
        "trace_route follow_packet_path", "Trace the route of packets to an address|Show the hops on the way to a host", (_p("destination target host", "url", "Address"),),
        "trace the route to {a}", "Which hops lie between us and {a}?", "show the path packets take to {a}", "The way to {a} is slow, I need to see every hop", "Traceroute {a}", "Where do packets to {a} get lost?",
    ),
    _tool(
        "register_domain buy_domain_name", "Register a domain name for years|Buy an internet domain", (_p("domain domain_name", "url", "Domain"), _p("years term", "digit", "Years")),
        "register the domain {a} for {b} years", "I'd like to own {a} for {b} years", "buy the domain name {a}, {b} years", "Is {a} still free? Then take it for {b} years", "For {b} years, secure the domain {a}",
    ),
    _tool(
        "assign_vlan move_port_to_vlan segment_network", "Assign a switch port to a VLAN|Put a switch socket into a network segment", (_p("switch switch_id", "code", "Switch"), _p("port socket", "int", "Port"), _p("vlan segment vlan_id", "int", "VLAN")),
        "assign port {b} of switch {a} to VLAN {c}", "On switch {a}, socket {b} belongs in segment {c}", "VLAN {c} for switch {a}, port {b}", "Port {b} at the switch {a} is in the wrong network, move it to VLAN {c}", "Could VLAN {c} be set on port {b} of {a}?",
    ),
    _tool(
        "limit_bandwidth throttle_client cap_data_rate", "Limit the bandwidth of a client|Throttle a user to some megabits", (_p("client user subscriber", "name", "Client"), _p("megabits rate mbps", "int", "Megabits per second")),
        "throttle {a} to {b} megabits", "Well, {a} uses up the whole line, cap the rate at {b} megabits", "No more than {b} megabits for {a}", "limit the bandwidth of {a} to {b} megabits", "Bandwidth cap: {a}, {b} Mbit",
    ),
    _tool(
        "renew_certificate reissue_tls_cert", "Renew the TLS certificate of a site|Reissue an expired certificate", (_p("site domain url", "url", "Site"),),
        "renew the certificate of {a}", "Browsers warn about {a}, its certificate has expired", "The TLS certificate for {a} runs out soon, get a new one", "reissue the cert of {a}", "Certificate renewal: {a}", "Does {a} need a new certificate? Then renew it",
    ),
    # Code and releases
    _tool(
        "merge_branch integrate_branch", "Merge a branch into another one|Integrate the code of a branch", (_p("source branch from_branch", "word", "Source"), _p("target into base", "word", "Target")),
        "merge branch {a} into {b}", "Bring the work of branch {a} over to {b}", "I think {a} is reviewed, integrate it into {b}", "The branch {b} should get everything from {a}", "Merge: {a} into {b}",
    ),
    _tool(
        "tag_release cut_version publish_release", "Tag a release of a project|Cut a new version and publish it", (_p("project repo package", "word", "Project"), _p("version tag", "code", "Version")),
        "tag a release {b} of {a}", "publish version {b} of the package {a}", "So {a} is ready to ship as {b}", "Release {a}, version {b}", "Could we cut {b} for the project {a}?",
    ),
    _tool(
        "deploy_build roll_out_build ship_artifact", "Deploy a build to an environment|Roll out an artifact", (_p("build artifact build_id", "code", "Build"), _p("environment env stage", "enum", "Environment")),
        "deploy build {a} to {b}", "roll out {a} on the environment {b}", "The environment {b} still runs old code, ship {a} there", "Can the build {a} go to {b} now?", "Deployment: {a}, stage {b}",
    ),
    _tool(
        "revert_commit undo_changeset back_out_commit", "Revert a commit in a repository|Undo a changeset that broke something", (_p("commit changeset sha", "code", "Commit"), _p("repository repo project", "word", "Repository")),
        "revert commit {a} in {b}", "Commit {a} broke the repository {b}, undo it", "In repository {b}, back out {a}", "The changeset {a} should never have gone into {b}, take it back", "Revert {a}, repo {b}",
    ),
    _tool(
        "request_code_review ask_reviewer", "Request a code review from a person|Ask somebody to read a pull request", (_p("pull_request pr number", "int", "Pull request"), _p("reviewer person", "name", "Reviewer")),
        "ask {b} to review pull request {a}", "request a review of PR {a} from {b}", "You see, {b} should have a look at pull request {a}", "Nobody has read pull request {a} so far, get {b} to review it", "Reviewer for PR {a}: {b}",
    ),
    _tool(
        "triage_bug classify_issue set_bug_severity", "Triage a bug with a severity|Classify how bad an issue is", (_p("bug issue ticket", "code", "Bug"), _p("severity level priority", "level", "Severity")),
        "triage bug {a} as {b}", "The issue {a} has severity {b}", "set the severity of bug {a} to {b}", "How bad is {a}? I'd call it {b}", "Severity {b} for bug {a}",
    ),
    _tool(
        "toggle_feature_flag switch_feature", "Toggle a feature flag for some percent of users|Switch a feature on gradually", (_p("flag feature feature_name", "word", "Flag"), _p("percent share rollout", "int", "Percent")),
        "turn the feature flag {a} on for {b} percent", "It seems {b} percent of the users should see the feature {a}", "set flag {a} to {b} percent", "Let us try {a} on {b} percent of users", "Feature {a}: rollout {b} percent",
    ),
    _tool(
        "upgrade_dependency bump_library", "Upgrade a dependency of a program|Bump a library to a version", (_p("library dependency package", "word", "Library"), _p("version to_version", "code", "Version")),
        "bump {a} to {b}", "The library {a} is outdated, upgrade it to {b}", "upgrade the dependency {a} to version {b}", "Version {b} of {a} closes a hole, use it", "Dependency bump: {a}, {b}",
    ),
    # Testing
    _tool(
        "run_stress_test load_test hammer_endpoint", "Run a stress test against an address|Hammer an endpoint with virtual users", (_p("endpoint url target", "url", "Address"), _p("users virtual_users", "int", "Users")),
        "run a stress test on {a} with {b} users", "Does {a} survive {b} users at once?", "hammer {a} with {b} virtual users", "Before the sale I want {b} simulated visitors on {a}", "Load test: {a}, {b} users",
    ),
    _tool(
        "crash_test_vehicle smash_car", "Crash a vehicle against a wall for a test|Carry out a crash test at a speed", (_p("vehicle model car", "word", "Model"), _p("speed kmh velocity", "int", "Speed")),
        "crash the {a} at {b} km/h", "carry out a crash test with the model {a} at {b} km/h", "What happens to the {a} when it hits the wall with {b} km/h?", "At {b} km/h, drive the test car {a} into the wall", "Crash test {a}, speed {b}",
    ),
    _tool(
        "drop_test_package test_packaging", "Drop a package from a height|Test whether a packaging withstands a fall", (_p("item product package", "thing", "Item"), _p("centimeters height drop_height", "int", "Height")),
        "drop the {a} from {b} centimeters", "Does the packaging of the {a} withstand a fall of {b} cm?", "From {b} centimeters, let the {a} fall", "Drop test for the {a}, height {b} cm", "We ship the {a} next week, test a {b} cm drop",
    ),
    _tool(
        "record_test_result log_test_outcome", "Record the outcome of a test case|Log the result of a tester", (_p("case test_case test_id", "code", "Test case"), _p("outcome result verdict", "enum", "Outcome"), _p("tester person", "name", "Tester")),
        "record {b} for test case {a}, tester {c}", "By the way, {c} ran the test {a} and got {b}", "Test {a} by {c}: result {b}", "log the outcome {b} of case {a} tested by {c}", "The verdict of {c} on {a} is {b}, put it down",
    ),
    # Warehouses
    _tool(
        "relocate_pallet move_pallet shift_load", "Relocate a pallet in the warehouse|Move a pallet to another aisle", (_p("pallet pallet_id", "code", "Pallet"), _p("aisle rack row", "int", "Aisle")),
        "move pallet {a} to aisle {b}", "Pallet {a} blocks the gate, it belongs in aisle {b}", "In aisle {b} there is room for the pallet {a}", "Forklift job: {a} to rack {b}", "Could somebody shift pallet {a} into row {b}?",
    ),
    _tool(
        "reorder_stock replenish_inventory restock_item", "Reorder an article that runs out|Replenish the inventory by a quantity", (_p("article item sku", "noun", "Article"), _p("quantity units pieces", "int", "How many")),
        "reorder {b} units of the article {a}", "We are nearly out of the article {a}, get {b} more", "replenish {a} with {b} pieces", "Stock of {a} is low, {b} units please", "Restock: {a}, quantity {b}",
    ),
    _tool(
        "count_inventory take_stock audit_shelf", "Count the inventory of a shelf|Take stock in a warehouse", (_p("warehouse depot site", "city", "Warehouse"), _p("shelf bin", "code", "Shelf")),
        "count the inventory on shelf {b} in the {a} warehouse", "How many goods are on shelf {b} of the depot in {a}?", "take stock in {a}, shelf {b}", "The numbers of bin {b} in {a} look wrong, audit it", "Stocktaking: warehouse {a}, shelf {b}",
    ),
    _tool(
        "pick_order collect_goods assemble_order", "Pick the goods of an order|Send a picker to collect an order", (_p("order order_number", "code", "Order"), _p("picker worker", "name", "Picker")),
        "let {b} pick the order {a}", "Order {a} is waiting, {b} can collect the goods", "send {b} to pick {a}", "Who assembles order {a}? Take {b}", "Picker {b} for order {a}",
    ),
    _tool(
        "charge_forklift plug_in_forklift", "Charge the battery of a forklift|Plug a forklift in until a level", (_p("forklift truck vehicle", "code", "Forklift"), _p("percent charge_to", "int", "Percent")),
        "charge forklift {a} to {b} percent", "Forklift {a} is nearly empty, plug it in until {b} percent", "Its battery should reach {b} percent, I mean forklift {a}", "Forklift {a}: charge to {b} percent", "Can the truck {a} be loaded up to {b} percent?",
    ),
    # Shipping
    _tool(
        "dispatch_parcel send_consignment ship_parcel", "Dispatch a parcel to a city|Send a consignment with a carrier", (_p("parcel consignment parcel_id", "code", "Parcel"), _p("destination city to", "city", "Destination"), _p("carrier courier", "company", "Carrier")),
        "dispatch parcel {a} to {b} with {c}", "Parcel {a} must go to {b}, use {c}", "Let {c} carry the consignment {a} to {b}", "To {b}: parcel {a}, carrier {c}", "Can {c} ship {a} to {b}?",
    ),
    _tool(
        "trace_container locate_freight find_container", "Trace a container at sea|Locate freight that is under way", (_p("container freight container_id", "code", "Container"),),
        "trace the container {a}", "Where is container {a} at the moment?", "Our freight {a} is late, find out where it floats", "locate container {a}", "Container {a}, position?", "Has anybody seen the container {a}?",
    ),
    _tool(
        "declare_customs clear_goods file_customs_declaration", "Declare goods at customs|File a customs declaration with the value", (_p("goods cargo item", "thing", "Goods"), _p("value worth declared_value", "int", "Value")),
        "declare the {a} at customs with a value of {b}", "The {a} crosses the border, its value is {b}, fill in the customs form", "Customs: {a}, worth {b}", "file a declaration over {b} for the {a}", "How do I clear the {a} worth {b}? Do it for me",
    ),
    _tool(
        "print_shipping_label make_waybill", "Print a shipping label for a receiver|Make a waybill", (_p("receiver addressee name", "name", "Receiver"), _p("city town destination", "city", "City")),
        "print a shipping label for {a} in {b}", "The parcel for {a}, {b}, has no label", "make a waybill to {b}, addressee {a}", "A label is needed: receiver {a}, town {b}", "Shipping label {a} / {b}",
    ),
    _tool(
        "schedule_pickup order_courier_pickup", "Schedule a pickup by a courier|Have parcels collected at a time", (_p("parcels count pieces", "int", "How many parcels"), _p("time hour at", "clock", "When")),
        "schedule a pickup of {a} parcels at {b}", "The courier should come at {b} for {a} parcels", "have {a} boxes collected at {b}", "At {b}, {a} parcels will be ready for collection", "Courier pickup {b}, {a} pieces",
    ),
    # Accounting
    _tool(
        "post_journal_entry book_ledger_entry", "Post a journal entry in the ledger|Book an amount on an account", (_p("account ledger_account", "int", "Account"), _p("amount sum", "amount", "Amount")),
        "post {b} to account {a}", "book an entry of {b} on the ledger account {a}", "Account {a} should show {b}", "In the ledger, put {b} on account {a}", "Journal entry: account {a}, {b}",
    ),
    _tool(
        "issue_invoice bill_client write_invoice", "Issue an invoice to a company|Bill a client", (_p("client customer company", "company", "Client"), _p("amount total", "amount", "Total")),
        "issue an invoice over {b} to {a}", "bill {a} for {b}", "As you know, {a} owes us {b}, write the invoice", "The client {a} has to get a bill of {b}", "Invoice {a}: {b}",
    ),
    _tool(
        "reconcile_account match_bank_statement", "Reconcile an account with the bank statement|Match bookings for a day", (_p("account account_code", "code", "Account"), _p("date statement_date", "date", "Date")),
        "reconcile account {a} with the statement of {b}", "Does account {a} agree with the bank on {b}?", "The statement of {b} has to be matched with {a}", "Reconciliation {a}, {b}", "Something is off in account {a}, compare it with the bank statement from {b}",
    ),
    _tool(
        "reimburse_expenses refund_expense pay_back_costs", "Reimburse the expenses of an employee|Pay back travel costs", (_p("employee person staff", "name", "Employee"), _p("amount expense", "amount", "Amount"), _p("purpose reason", "noun", "What for")),
        "reimburse {a} {b} for the {c}", "Well, {a} paid {b} for a {c} and wants the money back", "Expenses of {a}: {b}, purpose {c}", "pay {b} back to {a} who bought a {c}", "For the {c}, {a} is due {b}, refund it",
    ),
    _tool(
        "depreciate_asset write_off_asset", "Depreciate an asset over years|Write off the value of equipment", (_p("asset equipment item", "thing", "Asset"), _p("years lifetime", "int", "Years")),
        "depreciate the {a} over {b} years", "The {a} loses its value within {b} years, enter that", "write off the {a} in {b} years", "Over {b} years, the {a} is to be written off", "Asset {a}, depreciation {b} years",
    ),
    _tool(
        "remind_debtor send_dunning_letter chase_payment", "Remind a debtor of an unpaid invoice|Send a dunning letter", (_p("debtor company customer", "company", "Debtor"), _p("invoice invoice_number", "code", "Invoice")),
        "remind {a} of the unpaid invoice {b}", "I think {a} still has not paid {b}, send a dunning letter", "Invoice {b} is overdue, chase {a}", "Dunning: {a}, invoice {b}", "Can we put pressure on {a} because of invoice {b}?",
    ),
    # Banking
    _tool(
        "wire_funds transfer_money remit_payment", "Wire funds to a person's account|Remit money by bank transfer", (_p("recipient beneficiary payee", "name", "Beneficiary"), _p("amount sum", "amount", "Amount"), _p("account iban", "code", "Account")),
        "wire {b} to {a}, account {c}", "The beneficiary {a} gets {b} on account {c}", "Account {c} belongs to {a}, remit {b} there", "I owe {a} {b}, transfer it to the account {c}", "Bank transfer: {b}, {a}, {c}",
    ),
    _tool(
        "block_bank_card freeze_credit_card", "Block a bank card that was lost|Freeze a credit card", (_p("card card_number", "code", "Card"),),
        "block my bank card {a}", "I lost the card {a}", "Somebody stole credit card {a}, freeze it", "The card {a} must not be charged any more", "Card block {a}", "freeze the card with the number {a}",
    ),
    _tool(
        "apply_for_mortgage request_home_loan", "Apply for a mortgage|Request a home loan with a term of years", (_p("amount loan sum", "amount", "Loan"), _p("years term", "int", "Years")),
        "apply for a mortgage of {a} over {b} years", "We are buying a house and need {a} for {b} years", "Would the bank lend me {a} with a term of {b} years?", "For {b} years, I want to borrow {a} on the house", "Home loan: {a}, {b} years",
    ),
    _tool(
        "dispute_charge contest_transaction", "Dispute a charge on an account|Contest a transaction with a company", (_p("merchant company shop", "company", "Merchant"), _p("amount charge", "amount", "Amount")),
        "dispute the charge of {b} by {a}", "So {a} took {b} from me without permission, contest it", "I never bought anything for {b} at {a}", "A transaction of {b} to {a} is wrong", "Disputed charge: {a}, {b}",
    ),
    _tool(
        "exchange_banknotes order_foreign_cash", "Order foreign cash at a branch|Exchange banknotes in a city", (_p("amount sum", "int", "Amount"), _p("branch city", "city", "Branch")),
        "order {a} in foreign cash at the {b} branch", "I need {a} worth of foreign banknotes in {b}", "In the branch of {b}, have {a} exchanged into foreign notes", "Foreign cash {a}, branch {b}", "Can I pick up {a} in foreign notes in {b}?",
    ),
    # HR
    _tool(
        "onboard_employee hire_person enroll_staff", "Onboard a new employee|Enroll a person who was hired for a job", (_p("name employee person", "name", "Person"), _p("position job role", "job", "Position"), _p("start_date first_day", "date", "First day")),
        "onboard {a} as {b} from {c}", "You see, {a} starts on {c} as a {b}", "hire {a} for the position {b}, first day {c}", "On {c} we welcome {a}, new {b}, prepare everything", "New employee: {a}, {b}, {c}",
    ),
    _tool(
        "approve_leave grant_vacation", "Approve the leave of an employee|Grant somebody days of vacation", (_p("employee person", "name", "Employee"), _p("days number_of_days", "int", "Days")),
        "approve {b} days of leave for {a}", "It seems {a} asks for {b} days off, I agree", "grant {a} a vacation of {b} days", "Leave of {b} days is fine for {a}", "May {a} stay away for {b} days? Yes, approve it",
    ),
    _tool(
        "raise_salary increase_pay", "Raise the salary of an employee|Increase somebody's pay by percent", (_p("employee person staff_member", "name", "Employee"), _p("percent increase", "int", "Percent")),
        "raise the salary of {a} by {b} percent", "By the way, {a} earned a pay rise of {b} percent", "pay {a} {b} percent more", "A {b} percent increase for {a}", "Give {a} a raise, {b} percent",
    ),
    _tool(
        "post_vacancy advertise_job publish_job_opening", "Post a vacancy for a job in a city|Advertise an open position", (_p("job position title", "job", "Position"), _p("city office place", "city", "City")),
        "post a vacancy for a {a} in {b}", "We are looking for a {a} at our {b} office, advertise it", "Our team in {b} lacks a {a}, publish an opening", "Job advert: {a}, {b}", "Could you announce that {b} needs a {a}?",
    ),
    _tool(
        "interview_candidate invite_applicant", "Invite a candidate to an interview|Fix an interview with an applicant", (_p("candidate applicant name", "name", "Candidate"), _p("day date", "date", "Day"), _p("time hour", "clock", "Time")),
        "invite {a} to an interview on {b} at {c}", "I want to meet the applicant {a} on {b} at {c}", "Interview: {a}, {b}, {c}", "At {c} on {b} we interview {a}, arrange it", "Could the candidate {a} come on {b}, say at {c}?",
    ),
    _tool(
        "record_sick_note report_illness", "Record the sick note of an employee|Enter that somebody is ill until a day", (_p("employee person", "name", "Employee"), _p("until last_day", "date", "Last day")),
        "record a sick note for {a} until {b}", "As you know, {a} is ill until {b}", "Until {b}, {a} won't be at work because of an illness", "enter {a} as sick up to {b}", "Sick leave: {a}, until {b}",
    ),
    # Law and elections
    _tool(
        "file_lawsuit sue_company bring_action", "File a lawsuit against a company|Sue somebody at a court", (_p("defendant company against", "company", "Defendant"), _p("court city venue", "city", "Court")),
        "file a lawsuit against {a} at the court of {b}", "sue {a} in {b}", "Well, {a} broke the contract, take them to court in {b}", "The {b} court should hear our case against {a}", "Lawsuit: defendant {a}, court {b}",
    ),
    _tool(
        "notarize_deed certify_contract", "Have a deed notarized|Certify a contract with a notary", (_p("deed contract document", "code", "Deed"), _p("notary person", "name", "Notary")),
        "notarize the deed {a} with {b}", "Contract {a} needs the stamp of the notary {b}", "ask notary {b} to certify {a}", "Can {b} notarize deed {a}?", "Notary {b}, deed {a}",
    ),
    _tool(
        "summon_witness subpoena_person", "Summon a witness to a hearing|Subpoena a person for a day in court", (_p("witness person", "name", "Witness"), _p("hearing_date date", "date", "Day of the hearing")),
        "summon {a} as a witness for {b}", "I think {a} saw everything and must testify on {b}", "The hearing is on {b}, subpoena {a}", "On {b} the judge wants to hear the witness {a}", "Witness {a}, hearing {b}",
    ),
    _tool(
        "lodge_appeal contest_verdict", "Lodge an appeal against a verdict|Contest a ruling with grounds", (_p("case ruling case_number", "code", "Case"), _p("grounds reason", "phrase", "Grounds")),
        "lodge an appeal in case {a}, grounds: {b}", "The verdict in {a} is unfair, contest it with the argument {b}", "appeal the ruling {a} because of {b}", "Appeal {a}: {b}", "We do not accept the judgment {a}, our grounds are {b}",
    ),
    _tool(
        "register_voter enroll_elector", "Register a voter in a district|Enroll a citizen on the electoral roll", (_p("voter citizen name", "name", "Voter"), _p("district ward", "city", "District")),
        "register {a} as a voter in {b}", "So {a} moved to {b} and wants to vote there", "put {a} on the electoral roll of {b}", "Is {a} allowed to vote in {b}? Enroll them", "Voter registration: {a}, {b}",
    ),
    _tool(
        "tally_ballots count_votes", "Tally the ballots of a polling station|Count the votes for a candidate", (_p("station polling_station", "int", "Polling station"), _p("candidate name", "name", "Candidate")),
        "count the votes for {b} at polling station {a}", "How many ballots did {b} get in station {a}?", "At polling station {a}, tally what {b} received", "Votes for {b}, station {a}", "I wonder how {b} did at polling place {a}",
    ),
    _tool(
        "request_postal_ballot order_absentee_vote", "Request a postal ballot|Let a voter vote by mail from a city", (_p("voter name", "name", "Voter"), _p("city mail_to", "city", "Where to send it")),
        "request a postal ballot for {a} to be sent to {b}", "You see, {a} is in {b} on election day and wants to vote by mail", "send the mail-in ballot of {a} to {b}", "Absentee vote: {a}, currently in {b}", "Can {a} vote by letter from {b}?",
    ),
    # Construction and surveying
    _tool(
        "pour_concrete order_concrete cast_foundation", "Pour concrete at a building site|Cast a foundation with cubic meters of concrete", (_p("site plot building_site", "word", "Site"), _p("cubic_meters volume", "int", "Cubic meters")),
        "pour {b} cubic meters of concrete at {a}", "The foundation at site {a} takes {b} cubic meters", "order {b} cubic meters of concrete for the plot {a}", "Site {a} is ready for casting, {b} cubic meters", "Concrete: {a}, {b} m3",
    ),
    _tool(
        "erect_scaffold put_up_scaffolding", "Erect a scaffold at a house|Put up scaffolding of some meters", (_p("building house", "word", "Building"), _p("meters height", "int", "Height")),
        "erect a scaffold of {b} meters at {a}", "The painters need scaffolding at the house {a}, {b} meters high", "put up a {b} meter scaffold in front of {a}", "Scaffold for {a}, height {b} m", "How about a scaffold {b} meters high at {a}?",
    ),
    _tool(
        "rent_crane hire_crane", "Rent a crane for days|Hire a crane that can lift tons", (_p("tons capacity load", "int", "Tons"), _p("days duration", "int", "Days")),
        "rent a crane that lifts {a} tons for {b} days", "We must lift {a} tons, hire a crane, {b} days", "For {b} days, a crane of {a} tons is needed", "Crane: {a} t, {b} days", "Is there a {a} ton crane to hire for {b} days?",
    ),
    _tool(
        "apply_building_permit request_construction_permit", "Apply for a building permit|Request permission to construct something in a town", (_p("structure project building", "noun", "What is built"), _p("town city municipality", "city", "Town")),
        "apply for a permit to build a {a} in {b}", "I plan to put up a {a} in {b} and need permission", "The municipality of {b} has to allow the {a}, request a permit", "Building permit: {a}, {b}", "May I construct a {a} in {b}? Apply for it",
    ),
    _tool(
        "demolish_structure tear_down_building", "Demolish a structure on a day|Tear down a building", (_p("structure building", "thing", "What to demolish"), _p("date day", "date", "Day")),
        "demolish the {a} on {b}", "tear down the {a} on {b}", "The {a} is about to collapse, it has to go on {b}", "On {b} the bulldozer should flatten the {a}", "Demolition: {a}, {b}",
    ),
    _tool(
        "survey_boundary measure_plot stake_out_land", "Survey the boundary of a plot|Measure a parcel of land with a surveyor", (_p("plot parcel land", "code", "Plot"), _p("surveyor person", "name", "Surveyor")),
        "let {b} survey the boundary of plot {a}", "Neighbours argue about the land {a}, send the surveyor {b}", "stake out the plot {a} with {b}", "Who measures parcel {a}? {b} could", "Survey of {a} by {b}",
    ),
    _tool(
        "fly_survey_drone map_terrain", "Fly a drone to map terrain|Take aerial pictures of a region from a height", (_p("region area terrain", "city", "Region"), _p("altitude height meters", "int", "Altitude")),
        "map the terrain around {a} from {b} meters", "fly the drone over {a} at an altitude of {b} meters", "I need aerial pictures of {a}, taken from {b} meters", "At {b} meters, survey {a} with the drone", "Drone mapping {a}, altitude {b}",
    ),
    _tool(
        "drill_borehole bore_well", "Drill a borehole|Bore a well to a depth", (_p("location site field", "word", "Location"), _p("depth meters", "int", "Depth")),
        "drill a borehole of {b} meters at {a}", "bore a well in {a}, {b} meters deep", "We suspect water below {a}, drill {b} meters", "Go {b} meters down at the site {a}", "Borehole: {a}, depth {b}",
    ),
    # Energy and mining
    _tool(
        "shut_down_reactor scram_reactor", "Shut down a reactor|Scram a unit of the power station", (_p("reactor unit block", "int", "Reactor"),),
        "shut down reactor {a}", "Reactor {a} overheats, scram it", "Block {a} must go offline", "Emergency shutdown of unit {a}", "Could you take the reactor in block {a} off the grid?", "scram unit {a}",
    ),
    _tool(
        "tilt_solar_panel orient_collector", "Tilt a solar panel to an angle|Orient the collectors on a roof to the sun", (_p("panel collector panel_id", "code", "Panel"), _p("angle degrees tilt", "int", "Angle")),
        "tilt solar panel {a} to {b} degrees", "The sun is low, panel {a} should stand at {b} degrees", "set the angle {b} for the collector {a}", "Panel {a}, tilt {b} degrees", "Would {b} degrees be better for the solar panel {a}? Set it",
    ),
    _tool(
        "brake_wind_turbine stop_rotor", "Brake a wind turbine|Stop the rotor in a wind park", (_p("turbine rotor", "code", "Turbine"), _p("park wind_farm", "word", "Wind park")),
        "brake turbine {a} in the wind park {b}", "A storm hits {b}, stop the rotor {a}", "In wind farm {b}, turbine {a} has to stand still", "Rotor {a} of {b}: stop", "Turbine {a} at {b} spins too fast, brake it",
    ),
    _tool(
        "read_electricity_meter submit_meter_reading", "Submit the reading of an electricity meter|Tell the utility how many kilowatt hours were used", (_p("meter meter_number", "code", "Meter"), _p("reading kwh value", "int", "Reading")),
        "submit the reading {b} of meter {a}", "My electricity meter {a} shows {b}", "The utility needs to know: meter {a}, {b} kilowatt hours", "Meter reading: {a}, {b}", "enter {b} kWh for the meter {a}",
    ),
    _tool(
        "restore_power fix_outage reconnect_grid", "Restore power after an outage|Reconnect a town to the electricity grid", (_p("town city district", "city", "Town"),),
        "restore power in {a}", "There is a blackout in {a}", "All lights are out in {a}, get the electricity back", "When is {a} reconnected to the grid? Do it now", "Outage in {a}", "reconnect {a} to the grid",
    ),
    _tool(
        "ventilate_shaft air_mine", "Ventilate a shaft of the mine|Blow fresh air into a gallery at a level", (_p("shaft gallery tunnel", "code", "Shaft"), _p("minutes duration", "int", "Minutes")),
        "ventilate shaft {a} for {b} minutes", "Gas was found in the tunnel {a}, blow in fresh air for {b} minutes", "The miners in {a} need {b} minutes of fresh air", "Air for shaft {a}: {b} min", "During {b} minutes, keep the fans of gallery {a} on",
    ),
    _tool(
        "blast_rock detonate_charge", "Blast rock in a quarry|Detonate a charge of explosives", (_p("quarry pit mine", "word", "Quarry"), _p("kilograms charge explosives", "int", "Kilograms")),
        "blast the rock in {a} with {b} kilograms", "detonate {b} kilograms of explosives in the quarry {a}", "The wall of pit {a} must come down, charge {b} kilos", "Blasting at {a}, {b} kg", "Are {b} kilograms ready in {a}? Then detonate",
    ),
    _tool(
        "weigh_ore_wagon record_ore_tonnage", "Weigh a wagon of ore|Record the tonnage of a mineral", (_p("mineral ore", "word", "Mineral"), _p("tons tonnage", "int", "Tons")),
        "record {b} tons of {a}", "The wagon with {a} weighs {b} tons", "Today the mine gave us {b} tons of {a}", "Ore: {a}, {b} t", "write down that {b} tons of the mineral {a} came up",
    ),
    # Railways, airports, ships
    _tool(
        "set_railway_switch throw_points", "Set a railway switch to a track|Throw the points for a train", (_p("switch points switch_id", "code", "Switch"), _p("track rail", "int", "Track")),
        "set railway switch {a} to track {b}", "throw the points {a} towards track {b}", "The train has to go on track {b}, change switch {a}", "Track {b} via points {a}", "Could switch {a} lead to track {b}?",
    ),
    _tool(
        "announce_train_delay report_late_train", "Announce that a train is late|Report a delay in minutes at the station", (_p("train train_number", "code", "Train"), _p("minutes delay", "int", "Delay")),
        "announce that train {a} is {b} minutes late", "Train {a} will arrive {b} minutes behind schedule, tell the passengers", "A delay of {b} minutes for {a}", "Passengers wait for {a} without news, it comes {b} minutes later", "Delay: {a}, {b} min",
    ),
    _tool(
        "couple_wagon attach_carriage", "Couple a wagon to a locomotive|Attach a carriage to a train", (_p("wagon carriage", "code", "Wagon"), _p("locomotive engine train", "word", "Locomotive")),
        "couple wagon {a} to the locomotive {b}", "Locomotive {b} should also pull the carriage {a}", "attach {a} to {b}", "Wagon {a} stays behind, hang it on engine {b}", "Is there room for wagon {a} behind {b}? Couple it",
    ),
    _tool(
        "assign_gate allocate_boarding_gate", "Assign a gate to a flight|Allocate where passengers board", (_p("flight flight_number", "code", "Flight"), _p("gate gate_number", "int", "Gate")),
        "assign gate {b} to flight {a}", "Flight {a} boards at gate {b}", "Passengers of {a} should go to gate {b}", "Gate {b} is free, give it to the flight {a}", "Boarding: {a}, gate {b}",
    ),
    _tool(
        "deice_aircraft remove_ice_from_plane", "De-ice an aircraft before takeoff|Remove ice from the wings on a stand", (_p("aircraft plane tail_number", "code", "Aircraft"), _p("stand position", "int", "Stand")),
        "de-ice the aircraft {a} on stand {b}", "The wings of plane {a} at position {b} are frozen", "On stand {b}, {a} needs the ice taken off", "Ice on {a}, stand {b}", "Can {a} on stand {b} be de-iced before takeoff?",
    ),
    _tool(
        "clear_runway sweep_runway", "Clear a runway at the airport|Sweep snow or objects off a runway", (_p("runway strip", "code", "Runway"), _p("obstacle object debris", "thing", "What lies there")),
        "clear the {b} off runway {a}", "There is a {b} on runway {a}", "Runway {a} is blocked by a {b}, have it swept", "No plane can land on {a} as long as the {b} lies there", "Runway {a}: remove {b}",
    ),
    _tool(
        "find_lost_luggage trace_baggage", "Find luggage that got lost on a flight|Trace the baggage of a passenger", (_p("passenger owner", "name", "Passenger"), _p("flight flight_number", "code", "Flight"), _p("bag suitcase item", "thing", "What is missing")),
        "find the {c} that {a} lost on flight {b}", "The {c} of {a} did not arrive with {b}", "On flight {b} a {c} belonging to {a} disappeared", "Lost luggage: {a}, {b}, {c}", "Where is the {c} of {a} from flight {b}?",
    ),
    _tool(
        "moor_vessel dock_ship berth_ship", "Moor a vessel at a pier|Let a ship dock at a berth", (_p("ship vessel", "word", "Ship"), _p("pier berth quay", "int", "Pier")),
        "moor the {a} at pier {b}", "The ship {a} is coming in, let it dock at berth {b}", "Pier {b} is reserved for the vessel {a}", "At quay {b}, berth the {a}", "Which pier for {a}? Take {b}",
    ),
    _tool(
        "pump_ballast fill_ballast_tank", "Pump ballast water into a tank|Stabilise a ship with ballast", (_p("tank tank_id", "code", "Tank"), _p("tons amount", "int", "Tons")),
        "pump {b} tons of ballast into tank {a}", "The ship leans over, fill tank {a} with {b} tons of water", "Tank {a} needs {b} tons of ballast", "Ballast: {a}, {b} t", "Would {b} tons in ballast tank {a} steady us? Pump it",
    ),
    _tool(
        "drop_anchor lower_anchor", "Drop the anchor of a ship|Lower the anchor with meters of chain", (_p("ship vessel", "word", "Ship"), _p("chain meters", "int", "Chain")),
        "drop the anchor of the {a} with {b} meters of chain", "The {a} stays here overnight, lower the anchor, {b} meters", "Let out {b} meters of anchor chain for the ship {a}", "Anchor {a}, chain {b} m", "Can the {a} anchor here with {b} meters of chain?",
    ),
    _tool(
        "plot_sea_route chart_course", "Plot a sea route between two ports|Chart the course of a ship", (_p("departure_port from", "city", "From"), _p("arrival_port to", "city", "To")),
        "chart a course from {a} to {b}", "We sail from {a} to {b}, plot the route", "Which sea route leads to {b} when one leaves from {a}?", "Navigator, bring us from the port of {a} to {b}", "Sea route {a} to {b}",
    ),
    # Police and fire brigade
    _tool(
        "report_theft file_burglary_report", "Report a theft to the police|File that something was stolen in a city", (_p("item stolen object", "thing", "What was stolen"), _p("city place", "city", "Where")),
        "report that my {a} was stolen in {b}", "Somebody took my {a} in {b}, tell the police", "A thief in {b} has my {a}", "Theft: {a}, {b}", "In {b} my {a} was stolen and I want to file a report",
    ),
    _tool(
        "dispatch_patrol send_police_car", "Dispatch a patrol to a street|Send a police car because of an incident", (_p("street place location", "word", "Street"), _p("incident reason", "phrase", "Incident")),
        "send a patrol to {a} street: {b}", "Police needed in {a} street, incident: {b}", "dispatch a police car to {a} street because of {b}", "Neighbours in {a} street complain about {b}, an officer should go", "Patrol, {a} street, {b}",
    ),
    _tool(
        "send_fire_engine alert_firefighters", "Send a fire engine to a blaze|Alert the firefighters of a city", (_p("burning object what", "thing", "What burns"), _p("city town", "city", "Where")),
        "send a fire engine to {b}, a {a} is burning", "A {a} is in flames in {b}", "Alert the firefighters of {b}, somebody set a {a} on fire", "Fire in {b}: {a}", "Flames come out of a {a} in {b}, who can put it out?",
    ),
    _tool(
        "test_smoke_detector check_fire_alarm", "Test the smoke detector in a room|Check whether the fire alarm works", (_p("room floor", "code", "Room"),),
        "test the smoke detector in room {a}", "Does the fire alarm in {a} still work?", "The detector of room {a} beeps, check it", "Smoke detector {a}, test", "Nobody has checked the alarm in room {a} for a year", "make sure that the fire alarm in {a} works",
    ),
    _tool(
        "inspect_hydrant flush_hydrant", "Inspect a hydrant of the fire brigade|Flush a hydrant and measure its pressure", (_p("hydrant hydrant_id", "code", "Hydrant"), _p("date day", "date", "Day")),
        "flush hydrant {a} on {b}", "inspect the hydrant {a} on {b}", "Hydrant {a} gave no water, look at it on {b}", "On {b}, somebody measures the pressure of hydrant {a}", "Hydrant check {a}, {b}",
    ),
    # Hospitals and pharmacy
    _tool(
        "admit_patient hospitalize_patient", "Admit a patient to a ward|Hospitalize a person", (_p("patient name", "name", "Patient"), _p("ward station", "int", "Ward")),
        "admit {a} to ward {b}", "It seems {a} has to stay in hospital, ward {b}", "Is there a bed in ward {b}? It's for the patient {a}", "bring {a} to ward {b} and register the admission", "Admission: {a}, ward {b}",
    ),
    _tool(
        "schedule_surgery plan_operation", "Schedule a surgery for a patient|Plan an operation with a surgeon", (_p("patient sick_person", "name", "Patient"), _p("surgeon doctor", "name", "Surgeon"), _p("date day", "date", "Day")),
        "schedule a surgery of {a} by {b} on {c}", "The patient {a} will be operated by {b} on {c}", "On {c}, surgeon {b} should operate on {a}", "Operation: patient {a}, surgeon {b}, {c}", "Can {a} have surgery with doctor {b} on {c}?",
    ),
    _tool(
        "order_blood_test draw_blood", "Order a blood test for a patient|Draw blood and measure a value", (_p("patient name", "name", "Patient"), _p("marker value analyte", "word", "What to measure")),
        "order a blood test of {a} for {b}", "draw blood from {a} and measure {b}", "How high is the {b} in the blood of {a}?", "The doctor suspects too much {b}, test the blood of {a}", "Blood: {a}, {b}",
    ),
    _tool(
        "take_x_ray radiograph_body", "Take an X-ray of a patient|Radiograph a part of the body", (_p("patient name", "name", "Patient"), _p("body_part region", "enum", "Part of the body")),
        "take an X-ray of {a}, body part {b}", "X-ray: {a}, {b}", "By the way, {a} fell from a ladder, radiograph the region {b}", "The region {b} of patient {a} may be broken, an X-ray please", "Could we see the {b} of {a} on an X-ray?",
    ),
    _tool(
        "refill_prescription dispense_medicine", "Refill a prescription at the pharmacy|Dispense a medicine to a patient", (_p("medicine drug", "word", "Medicine"), _p("patient name", "name", "Patient"), _p("tablets pills quantity", "int", "Tablets")),
        "refill the prescription of {b}: {c} tablets of {a}", "As you know, {b} has run out of {a} and needs {c} pills", "dispense {c} tablets of {a} to {b}", "For the patient {b}, the pharmacy should prepare {a}, {c} tablets", "Prescription {a}, {b}, {c} pills",
    ),
    _tool(
        "check_drug_interaction compare_medicines", "Check the interaction of two drugs|Find out whether medicines may be taken together", (_p("first_drug drug_a", "word", "First drug"), _p("second_drug drug_b", "word", "Second drug")),
        "check whether {a} interacts with {b}", "May a patient take {a} together with {b}?", "Is it dangerous to combine {a} and {b}?", "Somebody swallows {a} every day and now gets {b}, are there interactions?", "Drug interaction {a} and {b}",
    ),
    _tool(
        "sterilize_instruments autoclave_tools", "Sterilize instruments for the operating room|Put surgical tools in the autoclave", (_p("instruments tools items", "words", "Instruments"), _p("degrees temperature", "int", "Degrees")),
        "sterilize these instruments at {b} degrees: {a}", "At {b} degrees, put the following in the autoclave: {a}", "The operating room needs clean tools, heat to {b} degrees: {a}", "Autoclave at {b} degrees for {a}", "Which tools must be sterile? These, at {b} degrees: {a}",
    ),
    # Printing, telecom, satellites
    _tool(
        "print_brochure run_offset_press", "Print a brochure on the offset press|Run copies of a leaflet", (_p("title brochure leaflet", "phrase", "Title"), _p("copies print_run", "int", "Copies")),
        "print {b} copies of the brochure \"{a}\"", "The leaflet \"{a}\" goes to press, {b} copies", "We need {b} brochures titled \"{a}\" for the fair", "Print run {b}: \"{a}\"", "Could the press run \"{a}\" with {b} copies?",
    ),
    _tool(
        "refill_toner change_ink_cartridge", "Change the ink cartridge of a printer|Refill the toner of a color", (_p("printer device", "code", "Printer"), _p("color ink", "color", "Color")),
        "change the {b} cartridge of printer {a}", "Printer {a} is out of {b} ink", "refill {b} toner in {a}", "Everything from printer {a} looks pale, it lacks {b}", "Toner: {a}, {b}",
    ),
    _tool(
        "bind_book stitch_pages", "Bind the pages of a book|Stitch a volume with a cover material", (_p("book title", "phrase", "Book"), _p("material cover", "enum", "Cover")),
        "bind the book \"{a}\" in {b}", "The cover material of \"{a}\" should be {b}", "Stitch the pages of \"{a}\" and use {b} for the cover", "Bookbinding: \"{a}\", {b}", "Can the bindery do \"{a}\" with a {b} cover?",
    ),
    _tool(
        "port_phone_number transfer_number_to_carrier", "Port a phone number to another carrier|Keep the number when changing the operator", (_p("number phone", "phone", "Phone number"), _p("carrier operator provider", "company", "Carrier")),
        "port the number {a} to {b}", "I'm changing to {b} and want to keep {a}", "The new operator of {a} is {b}", "Can {b} take over my number {a}?", "Number porting: {a}, {b}",
    ),
    _tool(
        "activate_sim_card enable_sim", "Activate a SIM card for a number|Enable a SIM that was bought", (_p("sim card sim_id", "code", "SIM card"), _p("number phone_number", "phone", "Number")),
        "activate the SIM card {a} for {b}", "My new SIM {a} has no signal, the number is {b}", "link SIM {a} with the number {b}", "The number {b} should run on the card {a}", "SIM activation {a}, {b}",
    ),
    _tool(
        "repair_antenna_mast service_cell_tower", "Repair a cell tower|Service an antenna mast near a city", (_p("mast tower tower_id", "code", "Mast"), _p("city near", "city", "City")),
        "repair the cell tower {a} near {b}", "Nobody in {b} has reception, service the mast {a}", "The antenna {a} close to {b} is broken", "Mast {a}, {b}: send technicians", "Why is tower {a} in {b} silent? Have it fixed",
    ),
    _tool(
        "adjust_satellite_orbit raise_orbit", "Adjust the orbit of a satellite|Raise or lower a satellite to an altitude", (_p("satellite spacecraft", "word", "Satellite"), _p("kilometers altitude", "int", "Altitude")),
        "move the satellite {a} to an orbit of {b} kilometers", "Well, {a} should circle the earth at {b} kilometers", "The orbit of {a} decays, bring it back to {b} km", "Orbit {b} km for the spacecraft {a}", "At an altitude of {b} kilometers, park the satellite {a}",
    ),
    _tool(
        "download_telemetry receive_satellite_data", "Download telemetry from a satellite|Receive satellite data at a ground station", (_p("satellite probe", "word", "Satellite"), _p("ground_station city", "city", "Ground station")),
        "download the telemetry of {a} in {b}", "When {a} passes over the ground station in {b}, receive its data", "The dish in {b} should listen to the satellite {a}", "Telemetry: {a} via {b}", "What does {a} report to the ground station {b}?",
    ),
    _tool(
        "launch_rocket ignite_booster", "Launch a rocket at a time|Ignite the booster of a launch vehicle", (_p("rocket vehicle", "word", "Rocket"), _p("time liftoff", "clock", "Liftoff")),
        "launch the rocket {a} at {b}", "Liftoff of {a} is at {b}", "At {b}, ignite the booster of {a}", "The countdown for {a} ends at {b}", "Could rocket {a} leave the pad at {b}?",
    ),
    # Farming machines
    _tool(
        "plow_field till_soil", "Plow a field with a tractor|Till the soil to a depth", (_p("field plot", "code", "Field"), _p("centimeters depth", "int", "Depth")),
        "plow field {a} {b} centimeters deep", "The soil of field {a} is hard, till it to {b} cm", "Go {b} centimeters deep with the plow on {a}", "Plowing: {a}, {b} cm", "Can the tractor turn field {a} at a depth of {b} centimeters?",
    ),
    _tool(
        "milk_herd start_milking_robot", "Start the milking robot in a barn|Milk a herd of cows", (_p("barn stable", "word", "Barn"), _p("time hour", "clock", "Time")),
        "start the milking robot in barn {a} at {b}", "The cows in {a} are milked at {b}", "At {b}, milk the herd of the stable {a}", "Milking {a}, {b}", "Could the herd in barn {a} be milked at {b}?",
    ),
    _tool(
        "spread_fertilizer spray_manure", "Spread fertilizer on a field|Spray manure, kilograms per field", (_p("field acre", "code", "Field"), _p("kilograms quantity", "int", "Kilograms")),
        "spread {b} kilograms of fertilizer on field {a}", "Plants on field {a} grow poorly, give them {b} kilos of fertilizer", "Field {a} gets {b} kilograms of manure", "Fertilizer: {a}, {b} kg", "How about {b} kilos of fertilizer for {a}?",
    ),
    _tool(
        "dry_grain empty_silo", "Dry the grain in a silo|Bring grain moisture down to percent", (_p("silo silo_id", "int", "Silo"), _p("moisture percent", "int", "Moisture")),
        "dry the grain in silo {a} to {b} percent", "Silo {a} is too damp, bring the moisture down to {b} percent", "A moisture of {b} percent is our aim for silo {a}", "Grain drying: silo {a}, {b} percent", "Could the wheat of silo {a} be dried until {b} percent?",
    ),
    # Documents, archives, translation offices
    _tool(
        "redact_document black_out_name", "Redact a document|Black out the name of a person in a file", (_p("document file path", "path", "Document"), _p("person name", "name", "Whose name")),
        "redact {b} in the document {a}", "black out the name {b} in {a}", "Before we publish {a}, nobody may read the name {b} in it", "The name {b} has to vanish from {a}", "Redaction: {a}, name {b}",
    ),
    _tool(
        "digitize_archive scan_folder", "Digitize a folder of the archive|Scan old papers of a year", (_p("folder box", "code", "Folder"), _p("dpi resolution", "int", "Resolution")),
        "scan the folder {a} with {b} dpi", "digitize archive box {a} at a resolution of {b} dpi", "The papers in folder {a} fall apart, scan them, {b} dpi", "At {b} dpi, make digital copies of the folder {a}", "Archive scan: {a}, {b} dpi",
    ),
    _tool(
        "retrieve_manuscript fetch_from_vault", "Retrieve a manuscript from the vault|Fetch an archived paper for a reader", (_p("manuscript signature shelfmark", "code", "Manuscript"), _p("reader historian", "name", "Reader")),
        "retrieve manuscript {a} for {b}", "I think {b} is in the reading room and waits for {a}", "The historian {b} would like to study the manuscript {a}", "fetch {a} from the vault, reader {b}", "May {b} see the manuscript {a}? Get it",
    ),
    _tool(
        "shred_records destroy_old_files", "Shred records that are too old|Destroy paper files from before a day", (_p("department office", "enum", "Department"), _p("before cutoff", "date", "Older than")),
        "shred the records of department {a} from before {b}", "Papers of the {a} department older than {b} can be destroyed", "Everything before {b} in department {a} goes through the shredder", "Shredding: department {a}, before {b}", "The cabinets of department {a} are full, destroy what dates from before {b}",
    ),
    _tool(
        "commission_translator assign_translation_job", "Commission a translator for a document|Assign a translation job with a language", (_p("translator person", "name", "Translator"), _p("document file", "path", "Document"), _p("language target_language", "language", "Language")),
        "commission {a} to translate {b} into {c}", "So {a} should put {b} into {c}", "We need {b} in {c}, give the job to {a}", "Translation job: {a}, {b}, {c}", "Can {a} render the file {b} in {c}?",
    ),
    _tool(
        "book_interpreter hire_interpreter", "Book an interpreter for a language|Hire somebody who interprets at a meeting", (_p("language spoken_language", "language", "Language"), _p("date day", "date", "Day")),
        "book a {a} interpreter for {b}", "On {b} our guests only speak {a}, we need an interpreter", "Who can interpret {a} on {b}?", "Interpreter: {a}, {b}", "Nobody of us understands {a}, hire an interpreter for {b}",
    ),
    _tool(
        "proofread_text correct_manuscript", "Proofread a text for mistakes|Let an editor correct a manuscript", (_p("text manuscript file", "path", "Text"), _p("editor proofreader", "name", "Editor")),
        "have {b} proofread {a}", "There may be typos in {a}, let {b} correct it", "The editor {b} should go through {a}", "Proofreading {a} by {b}", "Could {b} look for mistakes in {a}?",
    ),
    _tool(
        "add_glossary_term define_terminology", "Add a term to the glossary|Define how a term is rendered by translators", (_p("term expression", "word", "Term"), _p("rendering meaning equivalent", "word", "Rendering")),
        "add the term {a} to the glossary, rendered as {b}", "Our translators must always write {b} for {a}", "Glossary: {a} = {b}", "In the terminology, {a} should be rendered as {b}", "How is {a} translated? Always as {b}, put that in the glossary",
    ),
    _tool(
        "stamp_document affix_seal", "Stamp a document with a seal|Affix the official seal of an office", (_p("document paper", "code", "Document"), _p("color ink", "color", "Ink")),
        "stamp document {a} in {b}", "Paper {a} is not valid without a {b} seal", "affix the {b} seal to the document {a}", "Seal for {a}, ink {b}", "Does {a} already carry the {b} stamp? If not, stamp it",
    ),
)  # fmt: skip
