# fish completion for wirectl: wirectl completion fish | source

function __wirectl_complete
	set -l words (commandline -opc) (commandline -ct)
	for line in (wirectl __complete -- $words[2..-1] 2>/dev/null)
		if test "$line" = ":files"
			__fish_complete_path (commandline -ct)
		else
			echo $line
		end
	end
end

complete -c wirectl -f -a '(__wirectl_complete)'
